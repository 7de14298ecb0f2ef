// What forms share. Each mistake is said once: at its field, with the cursor there; in an alert only where no field has it.
import type { UseFormReturnType } from '@mantine/form';
import type { FormEvent } from 'react';
import { ApiError } from './api/http';

/** What the server found wrong, by the name of the field. */
export const serverErrors = (error: unknown): Record<string, string> => (error instanceof ApiError ? error.fields : {});

/** The error, for an alert; undefined when these fields say all of it. Fields have the server's names. */
export function beyondFields(error: unknown, fields: readonly string[]): unknown {
  const told = Object.keys(serverErrors(error));
  return told.length > 0 && told.every((field) => fields.includes(field)) ? undefined : error;
}

/** Mantine marks the field of a password in its own way only. */
const wrongField = 'input[data-invalid="true"], [aria-invalid="true"]';

/** A mistake that the server told of is drawn some frames after it came. */
const framesToLook = 30;

/** Puts the cursor where the first mistake is. */
export function focusFirstError(form: HTMLFormElement | null) {
  let frames = 0;
  const look = () => {
    const wrong = form?.querySelector<HTMLElement>(wrongField);
    if (wrong) wrong.focus();
    else if (++frames < framesToLook) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** The form's names of the fields on show, by the server's: {expires_in_days: 'days'}. */
export type FieldNames = Record<string, string>;

/** What the server found wrong, by the form's names. */
const formErrors = (error: unknown, names: FieldNames): Record<string, string> =>
  Object.fromEntries(
    Object.entries(serverErrors(error)).flatMap(([field, text]) => (field in names ? [[names[field]!, text]] : [])),
  );

/** Sends a form that is well; what is wrong, here or by the server (`refused`), is said at its field. */
export function submitOf<Values extends object>(
  form: UseFormReturnType<Values, Values>,
  names: FieldNames,
  send: (values: Values, refused: (error: unknown) => void) => void,
) {
  return (event: FormEvent<HTMLFormElement>) => {
    const element = event.currentTarget;
    const refused = (error: unknown) => {
      form.setErrors(formErrors(error, names));
      focusFirstError(element);
    };
    form.onSubmit(
      (values) => send(values, refused),
      () => focusFirstError(element),
    )(event);
  };
}
