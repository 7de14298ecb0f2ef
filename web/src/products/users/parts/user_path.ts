/** Where an account's page is. */
export const userPath = (userId: string) => `/ui/users/${encodeURIComponent(userId)}`;
