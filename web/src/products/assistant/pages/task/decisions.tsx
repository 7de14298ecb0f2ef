// What people were asked on the way, and what they said: questions and approvals, with who and when.
import { Loading, Problem } from '@/kit/feedback';
import { Ago } from '@/kit/time';
import { useQuestions, useTaskApprovals } from '../../api/records';
import type { Approval, Question } from '../../api/types';
import { CallList } from '../../parts/call_list';
import { More } from '../../parts/more';
import { sayValue } from '../../parts/readable';
import { seenText } from '../../parts/seen_text';
import { DecisionState } from '../../parts/state';

export function Decisions({ taskId }: { taskId: string }) {
  const questions = useQuestions(taskId);
  const approvals = useTaskApprovals(taskId);
  const pending = questions.query.isPending || approvals.query.isPending;
  const none = questions.items?.length === 0 && approvals.items?.length === 0;
  return (
    <section className="section" aria-labelledby="decisions">
      <h2 id="decisions">Questions and approvals</h2>
      {pending && <Loading rows={2} />}
      {none && <p className="dim">Nobody was asked anything.</p>}
      {questions.query.error && !questions.items && (
        <Problem
          error={questions.query.error}
          title="The questions could not be loaded"
          onRetry={() => void questions.query.refetch()}
        />
      )}
      {approvals.query.error && !approvals.items && (
        <Problem
          error={approvals.query.error}
          title="The approvals could not be loaded"
          onRetry={() => void approvals.query.refetch()}
        />
      )}
      <ul className="cards" aria-label="Questions and approvals">
        {questions.items?.map((question) => (
          <li key={question.question_id} className="panel card" data-question={question.question_id}>
            <Asked question={question} />
          </li>
        ))}
        {approvals.items?.map((approval) => (
          <li key={approval.approval_id} className="panel card" data-approval={approval.approval_id}>
            <Decided approval={approval} />
          </li>
        ))}
      </ul>
      {questions.items && <More query={questions.query} what="questions" />}
      {approvals.items && <More query={approvals.query} what="approvals" />}
    </section>
  );
}

function answerOf({ answer, choices }: Question): string | undefined {
  if (!answer) return undefined;
  const chosen = choices.find(({ id }) => id === answer.choice_id);
  return chosen ? seenText(chosen.label) : sayValue(answer.text ?? answer.choice_id);
}

function Asked({ question }: { question: Question }) {
  const answer = answerOf(question);
  return (
    <>
      <strong dir="auto">{seenText(question.text)}</strong>
      <div className="small dim">
        Asked <Ago at={question.asked_at} />
      </div>
      {answer === undefined ? (
        <div className="dim">No answer yet.</div>
      ) : (
        <div>
          <span dir="auto">{answer}</span>
          <div className="small dim">
            said{' '}
            {question.answered_by && (
              <>
                <span className="mono">{seenText(question.answered_by)}</span>{' '}
              </>
            )}
            {question.answered_at && <Ago at={question.answered_at} />}
          </div>
        </div>
      )}
    </>
  );
}

function Decided({ approval }: { approval: Approval }) {
  return (
    <>
      <div className="call-head">
        <strong>
          {approval.calls.length === 1 ? 'One call needed a yes' : `${approval.calls.length} calls needed a yes`}
        </strong>
        <DecisionState state={approval.state} />
      </div>
      <div className="small dim">
        Asked <Ago at={approval.asked_at} />
        {approval.decided_at && (
          <>
            {' · '}
            {approval.decider && <span className="mono">{seenText(approval.decider)}</span>}{' '}
            <Ago at={approval.decided_at} />
          </>
        )}
      </div>
      <CallList calls={approval.calls} label="The calls" />
    </>
  );
}
