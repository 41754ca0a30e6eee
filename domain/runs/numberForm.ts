/**
 * What the writing of a number loses or gains on its way through a spreadsheet or a script, in the
 * order in which it is taken off. `leading`: any of these characters in front; `ending`: the first
 * of these texts at the end; `case`: upper and lower case.
 */
export const NUMBER_FORM = [
  // A column of decimals: 1042.0
  { take: 'ending', texts: ['.00', '.0'] },
  // Zeros, and the apostrophe by which spreadsheets mark a cell as text.
  { take: 'leading', characters: "0'’" },
  { take: 'case' },
] as const;

/**
 * The form in which two writings of one number of a source are the same: `0010041`, `10041.0` and
 * `'10041`. The planner compares this form in SQL (`store/plan/numberForm.ts`, made from the same
 * list); the lower case of letters beyond ASCII is the one place where both may differ.
 */
export function numberForm(number: string): string {
  return NUMBER_FORM.reduce<string>((text, step) => {
    switch (step.take) {
      case 'leading': {
        let first = 0;
        while (first < text.length && step.characters.includes(text.charAt(first))) first += 1;
        return text.slice(first);
      }
      case 'ending': {
        const end = step.texts.find((one) => text.endsWith(one));
        return end === undefined ? text : text.slice(0, -end.length);
      }
      case 'case':
        return text.toLowerCase();
    }
  }, number);
}
