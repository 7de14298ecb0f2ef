// Where something stands, as a word with a colour.
import { sayDecision, sayPhase, sayStep } from './words';

interface Props {
  said: { word: string; tone: string };
  name: string;
}

function State({ said, name }: Props) {
  return (
    <span className="state" data-tone={said.tone} data-state={name}>
      {said.word}
    </span>
  );
}

export const TaskState = ({ phase }: { phase: string }) => <State said={sayPhase(phase)} name={phase} />;
export const StepState = ({ status }: { status: string }) => <State said={sayStep(status)} name={status} />;
export const DecisionState = ({ state }: { state: string }) => <State said={sayDecision(state)} name={state} />;
