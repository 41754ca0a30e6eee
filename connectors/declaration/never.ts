// What Rollcall never reads, whatever a declaration asks for. Names are compared by their words, so
// that `businessUnit` is no `sin` and `national_id`, `nationalID` and `NATIONAL ID` are one.

const NEVER: readonly (readonly [what: string, phrases: readonly string[]])[] = [
  [
    'pay',
    // prettier-ignore
    ['salary', 'salaries', 'compensation', 'compensations', 'wage', 'wages', 'pay rate', 'payrate', 'pay', 'payroll', 'bonus', 'commission', 'equity'],
  ],
  [
    'a birth date',
    // prettier-ignore
    ['birth', 'birthday', 'birthdate', 'dob', 'age', 'date of birth', 'birth date', 'birthplace'],
  ],
  [
    'a national id',
    // prettier-ignore
    ['ssn', 'ssns', 'sin', 'nin', 'nino', 'ein', 'itin', 'social security', 'social insurance', 'national id', 'nationalid', 'national identifier', 'national insurance', 'tax id', 'taxid', 'tax number', 'tin', 'passport', 'identity card', 'bsn', 'cpf', 'pesel', 'aadhaar', 'driver license', 'drivers license'],
  ],
  [
    'a bank account',
    [
      'iban',
      'bic',
      'bank',
      'bank account',
      'account number',
      'routing number',
      'credit card',
      'creditcard',
    ],
  ],
  [
    'a trait that nobody needs here',
    // prettier-ignore
    ['gender', 'sex', 'ethnicity', 'ethnic', 'race', 'religion', 'disability', 'marital', 'veteran', 'nationality', 'citizenship', 'sexual orientation'],
  ],
];

const PHRASES = NEVER.flatMap(([what, phrases]) =>
  phrases.map((phrase) => [` ${phrase} `, what] as const),
);

/** The kind of data that a field name stands for and that is never read, or null. */
export function neverRead(name: string): string | null {
  const words = ` ${wordsOf(name).join(' ')} `;
  return PHRASES.find(([phrase]) => words.includes(phrase))?.[1] ?? null;
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
