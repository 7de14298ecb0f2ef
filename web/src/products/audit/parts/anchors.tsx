// Whether the audit log is anchored outside this server: where, when last, and what fails of it.
import { Button } from '@mantine/core';
import { useAnchoring, useCheckOfChain, type AnchorPlace, type ChainReport } from '../api/anchors';
import { findingsOf, sayKind, standingOf } from './anchor_words';
import { useMe } from '@/kit/api/session';
import { isServerAdmin } from '@/kit/api/types';
import { Loading, Problem } from '@/kit/feedback';
import { Found, FoundList } from '@/kit/outcome';
import { Ago, Moment } from '@/kit/time';

export function Anchors() {
  const anchoring = useAnchoring();
  const check = useCheckOfChain();
  const places = anchoring.data?.places;
  return (
    <section className="section anchors" aria-label="Anchors">
      <div className="anchors-head">
        <h2>Anchors</h2>
        <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
          Check the log
        </Button>
      </div>
      {anchoring.isPending ? (
        <Loading rows={1} />
      ) : anchoring.error && !places ? (
        <Problem
          error={anchoring.error}
          title="Where the log is anchored could not be loaded"
          onRetry={() => void anchoring.refetch()}
        />
      ) : places!.length === 0 ? (
        <SwitchedOff />
      ) : (
        <ul className="panel rows" aria-label="Places where the log is anchored">
          {places!.map((place) => (
            <PlaceRow key={place.kind} place={place} />
          ))}
        </ul>
      )}
      <div role="status">{check.data && <Checked report={check.data} />}</div>
      {check.error && <Problem error={check.error} title="The log could not be checked" />}
    </section>
  );
}

function PlaceRow({ place }: { place: AnchorPlace }) {
  const { tone, says } = standingOf(place);
  return (
    <li>
      <div>
        <strong>{sayKind(place.kind)}</strong>
        <div className="small mono">{place.place}</div>
        <div className="small dim">
          {place.anchored_at ? (
            <>
              Last <Ago at={place.anchored_at} />: it covers all records up to number {place.last_id}.
            </>
          ) : (
            'No head of the log was written down there yet.'
          )}
          {place.waiting_since && (
            <>
              {' '}
              What came later waits since <Moment at={place.waiting_since} />.
            </>
          )}
        </div>
        {(place.late || place.failing_since) && (
          <div className={place.late ? 'small bad' : 'small'} role={place.late ? 'alert' : undefined}>
            {place.failing_since ? (
              <>
                Every try fails since <Moment at={place.failing_since} />
                {place.problem && `: ${place.problem}`}
              </>
            ) : (
              'Nothing was written down there for long, although the log has grown.'
            )}
          </div>
        )}
      </div>
      <span className="state" data-tone={tone}>
        {says}
      </span>
    </li>
  );
}

function SwitchedOff() {
  const me = useMe();
  return (
    <div className="panel panel-pad">
      <p>
        The log is anchored nowhere. Each record continues the one before it, but whoever owns the machine could write
        the whole log anew.
      </p>
      <details className="small">
        <summary>How to switch it on</summary>
        {isServerAdmin(me) ? (
          <>
            <p>Set one of these, or both, in the configuration of the server, and start it again:</p>
            <dl className="facts">
              <dt>Time stamps</dt>
              <dd>
                <code>audit.anchor_tsa</code>, the address of a time-stamping authority (RFC 3161); and{' '}
                <code>audit.anchor_tsa_ca</code>, a file with its root certificate, where this system does not know it.
              </dd>
              <dt>A room</dt>
              <dd>
                <code>audit.anchor_homeserver</code>, <code>audit.anchor_token</code> and <code>audit.anchor_room</code>
                : a homeserver elsewhere, an account there that may write, and the room’s id.
              </dd>
            </dl>
            <p className="dim">
              The newest hash goes there each hour, nothing of any record. More in docs/audit-chain.md.
            </p>
          </>
        ) : (
          <p>The administrators of the whole server can: it is a matter of the server’s configuration.</p>
        )}
      </details>
    </div>
  );
}

function Checked({ report: { anchors, checked, problem, whole } }: { report: ChainReport }) {
  const findings = findingsOf({ anchors, whole });
  // The sentence about the whole is that of an anchor, where one is the reason.
  const saidBelow = anchors.some((each) => each.problem && problem.endsWith(each.problem));
  return (
    <Found
      outcome={whole ? 'good' : 'bad'}
      title={
        whole
          ? `The log is whole: ${checked} ${checked === 1 ? 'record was' : 'records were'} checked`
          : 'The log is not what it was'
      }
    >
      {!whole && !saidBelow && <p>{sentence(problem)}</p>}
      <FoundList
        items={findings.map(({ outcome, text, at }) => ({
          outcome,
          text: at ? (
            <>
              {text} <Moment at={at} />
            </>
          ) : (
            text
          ),
        }))}
      />
    </Found>
  );
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
