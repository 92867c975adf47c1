/** The room of one person's sockets, on every device and page on which that person is signed in. */
export const personRoom = (userId: string): string => `user:${userId}`;
