// What a task wants of the person, or what came of it: one card, whatever its state.
import type { Reply } from '../api/types';
import { ApprovalCard } from './approval_card';
import { PlanCard } from './plan_card';
import { ProgressCard } from './progress_card';
import { QuestionCard } from './question_card';
import { EndedCard, ResultCard } from './result_card';
import { isMoving } from './words';

/** `inChat`: what it asks stands above already, as what the assistant said, and a field for words below. */
export function TaskCard({ view, inChat = false }: { view: Reply; inChat?: boolean }) {
  const { task, question, approval, steps } = view;
  if (!task) return null;
  if (question)
    return <QuestionCard key={question.question_id} taskId={task.task_id} question={question} inChat={inChat} />;
  if (approval) return <ApprovalCard approval={approval} />;
  if (isMoving(task.phase)) return <ProgressCard task={task} />;
  if (task.phase === 'planned') return <PlanCard taskId={task.task_id} steps={steps} />;
  if (task.phase === 'done') return <ResultCard task={task} linked={inChat} />;
  return <EndedCard task={task} linked={inChat} />;
}
