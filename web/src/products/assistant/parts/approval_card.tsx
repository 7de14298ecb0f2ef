// Calls that wait for a yes: exactly these, and nothing else, are made with it.
import { Alert, Button, Stack, Textarea } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Dialog, FormEnd } from '@/kit/dialog';
import { Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { Ago } from '@/kit/time';
import { useApprove, useReject } from '../api/approvals';
import { useTaskLive } from '../api/tasks';
import type { Approval } from '../api/types';
import { CallList } from './call_list';
import { useClearWhenBack } from './clear_when_back';
import { seenText } from './seen_text';
import { DecisionState } from './state';

const mostReason = 1_000;

export function ApprovalCard({ approval }: { approval: Approval }) {
  const [dialog, setDialog] = useState<'approve' | 'reject'>();
  const close = () => setDialog(undefined);
  const count = approval.calls.length;
  return (
    <div className="ask-card" data-approval={approval.approval_id}>
      <div className="call-head">
        <h3>{count === 1 ? 'One call needs a yes' : `${count} calls need a yes`}</h3>
        <DecisionState state={approval.state} />
      </div>
      <p className="small dim">
        Asked for by <span className="mono">{seenText(approval.asker)}</span> · <Ago at={approval.asked_at} />
      </p>
      {approval.why && (
        <p className="small" dir="auto">
          {seenText(approval.why)}
        </p>
      )}
      <CallList calls={approval.calls} label="Calls that need a yes" />
      <Decided approval={approval} />
      {approval.state === 'pending' &&
        (approval.can_decide ? (
          <div className="card-buttons">
            <Button leftSection={<Icon name="check" size={16} />} onClick={() => setDialog('approve')}>
              Approve
            </Button>
            <Button color="red" variant="light" onClick={() => setDialog('reject')}>
              Reject
            </Button>
          </div>
        ) : (
          <Alert color="yellow" variant="light" icon={<Icon name="clock" />}>
            {waitsFor(approval)}
          </Alert>
        ))}
      <ApproveDialog approval={approval} opened={dialog === 'approve'} onClose={close} />
      <RejectDialog approval={approval} opened={dialog === 'reject'} onClose={close} />
    </div>
  );
}

function waitsFor({ may, names }: Approval): string {
  if (may === 'administrator') return 'This waits for an administrator other than whoever asked for it.';
  if (may === 'named') return `This waits for ${names.map(seenText).join(' or ')}.`;
  return 'This waits for whoever asked for it.';
}

function Decided({ approval: { state, decider, decided_at } }: { approval: Approval }) {
  if (state === 'pending' || !decided_at) return null;
  return (
    <p className="small dim">
      {state === 'approved' ? 'Approved' : state === 'rejected' ? 'Rejected' : 'Withdrawn'}
      {decider && (
        <>
          {' '}
          by <span className="mono">{seenText(decider)}</span>
        </>
      )}{' '}
      · <Ago at={decided_at} />
    </p>
  );
}

interface DialogProps {
  approval: Approval;
  opened: boolean;
  onClose: () => void;
}

/** The digest goes along: when the calls are others by now, the server refuses. */
function ApproveDialog({ approval, opened, onClose }: DialogProps) {
  const one = approval.calls.length === 1;
  const approve = useApprove(approval);
  useClearWhenBack(approve);
  useTaskLive(approval.task_id, approve.isPending);
  const close = () => {
    approve.reset();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    approve.mutate(undefined, {
      onSuccess: () => {
        close();
        tellDone('Approved: it goes on.');
      },
    });
  };
  return (
    <Dialog title={one ? 'Approve this call?' : 'Approve these calls?'} opened={opened} onClose={close}>
      <form onSubmit={submit}>
        <Stack>
          <div>{one ? 'It is made at once, exactly like this:' : 'They are made at once, exactly like this:'}</div>
          <CallList calls={approval.calls} label="What is approved" />
          <FormEnd error={approve.error} pending={approve.isPending} action="Approve" onClose={close} />
        </Stack>
      </form>
    </Dialog>
  );
}

function RejectDialog({ approval, opened, onClose }: DialogProps) {
  const [reason, setReason] = useState('');
  const reject = useReject(approval);
  useClearWhenBack(reject);
  const close = () => {
    reject.reset();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    reject.mutate(reason.trim(), {
      onSuccess: () => {
        close();
        tellDone('Rejected: none of it is done.');
      },
    });
  };
  return (
    <Dialog title="Reject these calls?" opened={opened} onClose={close} small>
      <form onSubmit={submit}>
        <Stack>
          <div>None of them is made, and the task ends here.</div>
          <Textarea
            label="Why"
            description="Whoever asked is told. May be left empty."
            autosize
            minRows={2}
            maxRows={6}
            maxLength={mostReason}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          {reject.error && <Problem error={reject.error} />}
          <div className="dialog-actions">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" color="red" loading={reject.isPending}>
              Reject
            </Button>
          </div>
        </Stack>
      </form>
    </Dialog>
  );
}
