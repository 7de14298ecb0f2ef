// What the assistant asks before it goes on: a choice by number, or words.
import { Button, Textarea } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Problem } from '@/kit/feedback';
import { useAnswer, useTaskLive } from '../api/tasks';
import type { Question } from '../api/types';
import { Choices } from './choices';
import { useClearWhenBack } from './clear_when_back';
import { seenText } from './seen_text';

interface Props {
  taskId: string;
  question: Question;
  /** A field for words stands below, and a question without choices above, as what the assistant said. */
  inChat?: boolean;
}

export function QuestionCard({ taskId, question, inChat = false }: Props) {
  const answer = useAnswer(taskId);
  useTaskLive(taskId, answer.isPending);
  useClearWhenBack(answer);
  const taken = answer.isPending ? answer.variables.choice_id : undefined;
  return (
    <div className="ask-card" data-question={question.kind}>
      {question.kind === 'unknown_outcome' && (
        <p className="small">
          The service did not say whether this was done, and it cannot be found out from here. Look there, then say how
          it is.
        </p>
      )}
      {(!inChat || question.choices.length > 0) && (
        <p className="asked" dir="auto">
          {seenText(question.text)}
        </p>
      )}
      {question.choices.length > 0 ? (
        <Choices
          question={seenText(question.text)}
          choices={question.choices}
          busy={answer.isPending}
          taken={taken}
          focusFirst={inChat}
          onChoose={(choice_id) => answer.mutate({ choice_id })}
        />
      ) : (
        !inChat && (
          <AnswerInWords
            question={seenText(question.text)}
            busy={answer.isPending}
            onAnswer={(text) => answer.mutate({ text })}
          />
        )
      )}
      {answer.error && <Problem error={answer.error} title="The answer was not taken" />}
    </div>
  );
}

function AnswerInWords({
  question,
  busy,
  onAnswer,
}: {
  question: string;
  busy: boolean;
  onAnswer: (text: string) => void;
}) {
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() && !busy) onAnswer(text.trim());
  };
  return (
    <form className="composer-row" onSubmit={submit}>
      <Textarea
        aria-label={`Answer: ${question}`}
        placeholder="Your answer"
        autosize
        minRows={1}
        maxRows={6}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" loading={busy} disabled={!text.trim()}>
        Answer
      </Button>
    </form>
  );
}
