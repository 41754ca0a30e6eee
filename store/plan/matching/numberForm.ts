import { NUMBER_FORM } from '../../../domain/runs/numberForm';

/**
 * SQL: the form of a number in which its writings are the same ({@link NUMBER_FORM}). Of plain
 * functions, each of which looks at the number once: a million numbers take 0.3 s.
 */
export function numberForm(number: string): string {
  return NUMBER_FORM.reduce((sql, step) => {
    switch (step.take) {
      case 'leading':
        return `ltrim(${sql}, '${step.characters.replaceAll("'", "''")}')`;
      case 'ending':
        return `(case ${step.texts
          .map((end) => {
            return `when ${sql} like '%${end}' then left(${sql}, -${String(end.length)})`;
          })
          .join(' ')} else ${sql} end)`;
      case 'case':
        return `lower(${sql})`;
    }
  }, number);
}
