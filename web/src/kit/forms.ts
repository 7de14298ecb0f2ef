// What forms share.
import { ApiError } from './api/http';

/** What the server found wrong, by the name of the field. */
export const serverErrors = (error: unknown): Record<string, string> => (error instanceof ApiError ? error.fields : {});

/** A mistake that the server told of is drawn some frames after it came. */
const framesToLook = 30;

/** Puts the cursor where the first mistake is. */
export function focusFirstError(form: HTMLFormElement | null) {
  let frames = 0;
  const look = () => {
    const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (wrong) wrong.focus();
    else if (++frames < framesToLook) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
