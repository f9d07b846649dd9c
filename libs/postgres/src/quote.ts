/** Quoting for the few statements that take no parameters (roles, databases, tables made at run time). */

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
