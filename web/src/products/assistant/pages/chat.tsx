// Talking to the assistant: the conversations beside the one that is open.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { ApiError } from '@/kit/api/http';
import { Dialog, usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useConversation } from '../api/conversations';
import { Conversations } from './chat/conversations';
import { Talk } from './chat/talk';

export default function ChatPage() {
  const { conversationId = '' } = useParams();
  const phone = usePhone();
  const [choosing, setChoosing] = useState(false);
  return (
    <div className="assistant-chat">
      {phone ? (
        <div className="toolbar">
          <Button variant="default" leftSection={<Icon name="list" size={16} />} onClick={() => setChoosing(true)}>
            Conversations
          </Button>
          {conversationId && <NewConversation />}
          <Dialog title="Conversations" opened={choosing} onClose={() => setChoosing(false)}>
            <Conversations open={conversationId} onOpen={() => setChoosing(false)} />
          </Dialog>
        </div>
      ) : (
        <aside aria-label="Conversations">
          <NewConversation />
          <Conversations open={conversationId} />
        </aside>
      )}
      {conversationId ? <OpenConversation key={conversationId} id={conversationId} /> : <Talk id="" messages={0} />}
    </div>
  );
}

function NewConversation() {
  return (
    <Button component={Link} to="/ui/assistant" variant="light" leftSection={<Icon name="plus" size={16} />}>
      New conversation
    </Button>
  );
}

function OpenConversation({ id }: { id: string }) {
  const conversation = useConversation(id);
  if (conversation.isPending)
    return (
      <section aria-label="Chat">
        <Loading rows={4} height={60} />
      </section>
    );
  if (!conversation.data) {
    const gone = conversation.error instanceof ApiError && conversation.error.status === 404;
    return (
      <section aria-label="Chat">
        {gone ? (
          <Empty icon="chat" title="No such conversation" action={<NewConversation />}>
            It may be somebody else’s, or it was deleted.
          </Empty>
        ) : (
          <Problem
            error={conversation.error}
            title="The conversation could not be loaded"
            onRetry={() => void conversation.refetch()}
          />
        )}
      </section>
    );
  }
  const { messages, title, tasks } = conversation.data;
  return <Talk id={id} messages={messages} title={title} tasks={tasks} />;
}
