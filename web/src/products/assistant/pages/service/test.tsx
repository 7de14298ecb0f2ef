// Whether the service is there and takes the key: one call that reads, with what is stored.
import { Button } from '@mantine/core';
import { messageOf } from '@/kit/api/http';
import { Icon } from '@/kit/icons';
import { Found } from '@/kit/outcome';
import { useTestPack } from '../../api/packs';
import type { Pack } from '../../api/types';

export function TestService({ pack }: { pack: Pack }) {
  const test = useTestPack(pack.service);
  const found = test.data;
  return (
    <section className="section connection-test" aria-label="Test">
      <Button
        variant="default"
        leftSection={<Icon name="spark" size={16} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        Test {pack.title}
      </Button>
      <div role="status">
        {found && (
          <Found outcome={found.verdict} title={found.summary}>
            <span className="small">
              {found.operation ? (
                <>
                  Asked by <span className="mono">{found.operation}</span>
                  {found.status > 0 && `, which answered with status ${found.status}`}. Took {found.took_ms} ms.
                </>
              ) : (
                'Nothing was called.'
              )}
            </span>
          </Found>
        )}
        {test.error && (
          <Found outcome="bad" title="The test could not be run">
            {messageOf(test.error)}
          </Found>
        )}
      </div>
    </section>
  );
}
