/** Reactions that are one click away. */
export const FREQUENT: readonly string[] = ['👍', '❤️', '😂', '😮', '😢', '🙏'];
