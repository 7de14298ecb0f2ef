// What people have reported.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, ask, given } from '@/kit/api/http';
import { refresh } from '@/kit/api/refresh';
import type { Report } from '@/kit/api/types';
import { pageSize } from '@/kit/pager';

const reports = ['homeserver-reports'] as const;

export type ReportKind = Report['kind'];

export function useReports(kind: ReportKind, about: string, from: number) {
  return useQuery({
    queryKey: [...reports, kind, about, from],
    queryFn: ({ signal }) =>
      ask(
        api.GET('/api/v1/homeserver/reports', {
          params: {
            query: given({
              kind,
              ...(kind === 'room' ? { room_id: about } : { about }),
              from: from || undefined,
              limit: pageSize,
            }),
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: from === 0 ? 30_000 : false,
  });
}

const pathOf = ({ kind, id }: Report) => ({ path: { kind, report_id: String(id) } });

export function useReport(report: Report) {
  return useQuery({
    queryKey: ['homeserver-report', report.kind, report.id],
    queryFn: ({ signal }) =>
      ask(api.GET('/api/v1/homeserver/reports/{kind}/{report_id}', { params: pathOf(report), signal })),
    retry: false,
  });
}

export function useDismissReport(report: Report) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/homeserver/reports/{kind}/{report_id}', { params: pathOf(report) })),
    onSuccess: () => void refresh(client, reports),
  });
}
