import { userKey } from '../keys';

/** Longest code and name of a course. */
export const MAX_COURSE_CODE_CHARS = 100;
export const MAX_COURSE_NAME_CHARS = 300;

/** The key under which the code of a course is unique: case does not count. */
export function courseKey(code: string): string {
  return userKey(code);
}
