import { describe, expect, it } from 'vitest';
import { mostRows, parseCsv, previewImport, toCsv, withoutProblems } from './csv';

const cellsOf = (text: string) => parseCsv(text).map(({ cells }) => cells);

describe('parseCsv', () => {
  it.each([
    [
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a,"b, c"\n', [['a', 'b, c']]],
    ['a,"say ""hi"""', [['a', 'say "hi"']]],
    ['\uFEFFa,b', [['a', 'b']]],
    [
      'a;b\nc;d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a,\n', [['a', '']]],
    ['', []],
    ['\n\n \n', []],
  ])('reads %j', (text, expected) => expect(cellsOf(text)).toEqual(expected));

  it('counts lines, also those inside quotes', () => {
    expect(parseCsv('a,b\n\n"x\ny",1\nlast,2').map(({ line }) => line)).toEqual([1, 3, 5]);
  });
  it('refuses a quote without end', () => expect(() => parseCsv('a\n"b,c\nd')).toThrow('Line 2'));
});

describe('previewImport', () => {
  it('says what is wrong with each line', () => {
    const { rows, problems, fault } = previewImport(
      'username,password,display_name,role\nalice,,Alice,member\nAl Ice,,,\nbob,short,,\nalice,,,\ncarol,,,boss\ndave,,,admin,more\nbot_x,,,',
    );
    expect(fault).toBe('');
    expect(rows.map(({ line, problem }) => [line, problem])).toEqual([
      [2, ''],
      [3, 'Only a-z, 0-9 and . _ = - / +'],
      [4, 'Password: at least 8 characters.'],
      [5, 'The same user name as on line 2.'],
      [6, 'There is no role “boss”: member, operator or admin.'],
      [7, '5 cells, but 4 columns.'],
      [8, 'Names that start with bot_ are for bots.'],
    ]);
    expect(problems).toBe(6);
  });
  it('takes columns in any order', () =>
    expect(previewImport('Role, Username\noperator, zoe').rows[0]).toMatchObject({
      username: 'zoe',
      role: 'operator',
      display_name: '',
    }));
  it('takes the usual order without a head, and passes over what it does not know', () => {
    expect(previewImport('@alice:example.org,,Alice,Operator\nbob').rows).toMatchObject([
      { line: 1, username: 'alice', display_name: 'Alice', role: 'operator', problem: '' },
      { username: 'bob', problem: '' },
    ]);
    expect(previewImport('user_id,username,state\n@a:b,a,active')).toMatchObject({
      fault: '',
      ignored: ['user_id', 'state'],
      problems: 0,
    });
  });
  it.each([
    ['', 'empty'],
    ['username,username\na,b', 'twice'],
    ['username\n', 'no line below'],
    ['username\n"a', 'never closed'],
  ])('refuses %j', (text, expected) => expect(previewImport(text).fault).toContain(expected));
  it('takes ten thousand, quickly, and not one more', () => {
    const lines = (count: number) =>
      'username,display_name\n' + Array.from({ length: count }, (_, at) => `user${at},"User, ${at}"`).join('\n');
    const before = performance.now();
    expect(previewImport(lines(mostRows))).toMatchObject({ problems: 0, fault: '' });
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(previewImport(lines(mostRows + 1)).fault).toContain('at most 10,000');
  });
});

it('writes what a spreadsheet reads back and does not run', () => {
  expect(
    toCsv(
      ['line', 'message'],
      [
        [2, 'a "b", c'],
        [3, '=HYPERLINK("x")'],
        [-4, 'plain'],
      ],
    ),
  ).toBe(`line,message\r\n2,"a ""b"", c"\r\n3,"'=HYPERLINK(""x"")"\r\n-4,plain\r\n`);
});

describe('leaving out what cannot be made', () => {
  it('keeps the line numbers of the rest', () => {
    const text = 'username;password\r\nanna;\r\nBAD NAME;\r\n\r\nben;"two, with ""quotes"""\r\n';
    const preview = previewImport(text);
    expect(preview.problems).toBe(1);
    const left = withoutProblems(text, preview);
    expect(parseCsv(left)).toEqual(parseCsv(text).filter(({ line }) => line !== 3));
    expect(previewImport(left).problems).toBe(0);
  });
});
