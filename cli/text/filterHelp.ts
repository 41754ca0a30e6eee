/** The end of the help of commands that take a filter. */
export const FILTER_HELP = `
Filters compare a field with a value: eq, ne, co (contains), sw (starts with), ew (ends with),
gt, ge, lt, le, pr (has a value); and, or, not. Without a manager: not (manager pr).
The fields are those of \`users show\`; the grammar is that of SCIM (RFC 7644, section 3.4.2.2).`;
