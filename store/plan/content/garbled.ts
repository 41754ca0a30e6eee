import { CODE_PAGES } from '../../../domain/files/garbled';

/**
 * SQL for rows `chars`: the characters of the bytes 0x80 to 0xFF in an encoding. A statement with
 * {@link isGarbled} has them as `code_page`.
 */
export const CODE_PAGE_ROWS = `select * from (values ${CODE_PAGES.map(({ chars }) => `(${literal(chars)})`).join(', ')}) page(chars)`;

/** The same bytes as Latin-1 has them. */
const LATIN = literal(
  Array.from({ length: 128 }, (_, at) => String.fromCharCode(at + 0x80)).join(''),
);
/** The no-break space, which ends are trimmed of, and the soft hyphen, which is taken out. */
const UNSTABLE = literal('\u00a0\u00ad');

/**
 * SQL: the text `given` is the one that is known, `held`, with its UTF-8 read in another encoding,
 * once or twice: `MÃ¼ller` for `Müller`.
 */
export function isGarbled({
  given,
  held,
}: {
  readonly given: string;
  readonly held: string;
}): string {
  const once = misread(held);
  const said = [once, misread(once)].map(folded).join(', ');
  return `coalesce(case when octet_length(${held}) > length(${held}) and length(${given}) >= length(${held})
      and ${kept(given)} = ${kept(held)}
    then exists (select from code_page where ${folded(given)} in (${said})) end, false)`;
}

/** The characters that are the same in every encoding: most texts differ in them, which is soon found. */
function kept(text: string): string {
  return `regexp_replace(${text}, '[^!-~]', '', 'g')`;
}

function misread(text: string): string {
  return `translate(convert_from(convert_to(${text}, 'UTF8'), 'LATIN1'), ${LATIN}, chars)`;
}

function folded(text: string): string {
  return `trim(translate(${text}, ${UNSTABLE}, ' '))`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
