// The words of all transcripts that one may see.
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useKeptPaging } from '@/kit/kept_paging';
import { PageHead } from '@/kit/page';
import { Pager } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import { Moment } from '@/kit/time';
import { useTranscriptSearch } from '../api/transcripts';
import { Marked } from '../parts/marked';
import { speakerOf } from '../parts/transcript';
import { platformOf } from '../parts/words';

export default function SearchPage() {
  const paging = useKeptPaging();
  const found = useTranscriptSearch(paging.asked, paging.from);
  const page = found.data;
  return (
    <>
      <PageHead title="Search transcripts" lead="Everything that was said in meetings whose transcript is kept.">
        <Button component={Link} to="/ui/meetings" variant="default" leftSection={<Icon name="back" />}>
          All meetings
        </Button>
      </PageHead>
      <div className="toolbar">
        <SearchBox
          label="Words that were said"
          value={paging.search}
          onChange={paging.setSearch}
          busy={found.isPlaceholderData}
        />
      </div>
      {paging.asked === '' ? (
        <Empty icon="search" title="What was it about?">
          Type one or more words. Found is what has all of them, the newest first.
        </Empty>
      ) : found.isPending ? (
        <Loading />
      ) : found.error ? (
        <Problem error={found.error} title="That could not be searched" onRetry={() => void found.refetch()} />
      ) : page!.items.length === 0 && paging.page === 1 ? (
        <Empty icon="search" title="Nobody said that">
          Try fewer words, or another form of them.
        </Empty>
      ) : (
        <ul className="cards" aria-label="Found">
          {page!.items.map(({ segment, meeting }) => (
            <li key={`${meeting.id} ${segment.id}`} className="panel card">
              <div className="card-head wraps">
                <Link
                  className="main-link"
                  to={`/ui/meetings/${meeting.id}?search=${encodeURIComponent(paging.asked)}`}
                >
                  {platformOf(meeting)} {meeting.native_meeting_id}
                </Link>
                <span className="small dim">
                  <Moment at={segment.said_at} />
                </span>
              </div>
              <p>
                <strong>
                  <bdi>{speakerOf(segment)}</bdi>:
                </strong>{' '}
                <bdi>
                  <Marked text={segment.text} search={paging.asked} />
                </bdi>
              </p>
            </li>
          ))}
        </ul>
      )}
      {page && paging.asked !== '' && (
        <Pager paging={paging} shown={page.items.length} next={page.next_from} what="places" busy={found.isFetching} />
      )}
    </>
  );
}
