import type { Counted, NewMessage } from '../../domain/runs/messages';
import type { Garbled } from '../../domain/files/garbled';
import { factText } from '../../domain/files/rowFaults';
import type { ReadFindings } from '../../domain/files/staged';
import type { FieldName } from '../../domain/users/fields';
import type { NoPeople } from './noPeople';

/** A column as the findings name it. */
interface Column {
  readonly field: FieldName;
  readonly header: string;
}

/** A column of which most rows are words for nothing: each word and its cells. */
export interface ColumnWords {
  readonly header: string;
  readonly words: readonly Counted[];
}

/** The first of the cells that a message speaks for, and how many there are. */
interface Seen {
  cells: number;
  readonly line: number;
  readonly value: string;
}

/** Words for nothing in one column, by their lower case. */
type Words = Map<string, { readonly word: string; cells: number }>;

/** From this many cells on, the planner looks for people who would get the word as a new value. */
const MIN_CELLS = 5;

/** What the rows of one read have in common; one message for all of them. */
export class Findings {
  private unseenCells: Seen | null = null;
  private questionMarks: Seen | null = null;
  private garbledCells: (Seen & Garbled) | null = null;
  private roundedManagers: Seen | null = null;
  private readonly words = new Map<Column, Words>();
  private readonly noDays = new Map<Column, Words>();
  private readonly zones = new Map<Column, Words>();

  /** Characters that cannot be seen were taken out of a cell. */
  unseen(line: number): void {
    this.unseenCells = counted(this.unseenCells, line, '');
  }

  /** A name has a question mark beside a letter. */
  questionMark(line: number, name: string): void {
    this.questionMarks = counted(this.questionMarks, line, name);
  }

  /** The letters of a cell are garbled. */
  garbled(line: number, value: string, garbled: Garbled): void {
    if (this.garbledCells !== null) this.garbledCells.cells++;
    else {
      const meant = factText(garbled.meant);
      this.garbledCells = { ...garbled, meant, ...counted(null, line, value.trim()) };
    }
  }

  /** A row names its manager by a rounded number. */
  roundedManager(line: number, value: string): void {
    this.roundedManagers = counted(this.roundedManagers, line, value);
  }

  /** A cell is a word for nothing: `word` as it is written, `key` in lower case. */
  wordForNothing(column: Column, word: string, key: string): void {
    countWord(this.words, column, { word, key });
  }

  /** A cell holds a day, as it is written, by which programs mean that there is none. */
  noDay(column: Column, day: string): void {
    countWord(this.noDays, column, { word: day, key: day });
  }

  /** A cell holds a time zone that the IANA list does not have. */
  unknownZone(column: Column, zone: string): void {
    countWord(this.zones, column, { word: zone, key: zone });
  }

  /** True where one word for nothing stands in most rows of a column. */
  isEmptied(column: Column, rows: number): boolean {
    return [...(this.words.get(column)?.values() ?? [])].some(({ cells }) => cells * 2 > rows);
  }

  /** The columns of which most rows are words for nothing, and these words. */
  wordsForNothing(rows: number): ColumnWords[] {
    return this.columnsOf((cells) => cells > 1 && cells * 2 > rows);
  }

  private columnsOf(counts: (cells: number) => boolean): ColumnWords[] {
    return [...this.words].flatMap(([{ header }, words]) => {
      const all = byCount([...words.values()].map(({ word, cells }) => [word, cells] as const));
      return counts(sum(all)) ? [{ header, words: all }] : [];
    });
  }

  messages(rows: number): NewMessage[] {
    const { unseenCells, questionMarks, garbledCells, roundedManagers } = this;
    const of = { line: null, column: null } as const;
    const messages = [...this.wordsMessage(rows), ...this.noDayMessages(), ...this.zoneMessages()];
    if (unseenCells !== null) {
      const { cells, line } = unseenCells;
      messages.push({ ...of, code: 'unseen_characters', facts: { cells, line } });
    }
    // The objects go on counting, so their facts are copied.
    if (questionMarks !== null) {
      messages.push({ ...of, code: 'question_marks', facts: { ...questionMarks } });
    }
    if (garbledCells !== null) {
      messages.push({ ...of, code: 'garbled_letters', facts: { ...garbledCells } });
    }
    if (roundedManagers !== null) {
      messages.push({ ...of, code: 'rounded_manager', facts: { ...roundedManagers } });
    }
    return messages;
  }

  /** What the planner looks for; undefined: nothing. */
  forPlan({ nameless, odd }: NoPeople): ReadFindings | undefined {
    const words = [...this.words].flatMap(([{ field }, seen]) => {
      const often = [...seen].filter(([, { cells }]) => cells >= MIN_CELLS).map(([key]) => key);
      return often.length === 0 ? [] : [[field, often] as const];
    });
    if (!nameless && odd.length === 0 && words.length === 0) return undefined;
    return { nameless, ...(odd.length === 0 ? {} : { odd }), words: Object.fromEntries(words) };
  }

  private zoneMessages(): NewMessage[] {
    return [...this.zones].map(([{ header }, words]) => {
      const all = byCount([...words.values()].map(({ word, cells }) => [factText(word), cells]));
      const zones = all.slice(0, MAX_NAMED);
      const facts = { cells: sum(all), different: all.length, zones };
      return { line: null, column: header, code: 'unknown_zone', facts };
    });
  }

  private noDayMessages(): NewMessage[] {
    return [...this.noDays].map(([{ header }, words]) => {
      const days = byCount([...words.values()].map(({ word, cells }) => [factText(word), cells]));
      return { line: null, column: header, code: 'no_day', facts: { cells: sum(days), days } };
    });
  }

  private wordsMessage(rows: number): NewMessage[] {
    const most = this.wordsForNothing(rows);
    const columns = most.length > 0 ? most : this.columnsOf(() => true);
    if (columns.length === 0) return [];
    const total: Words = new Map<string, never>();
    for (const [word, cells] of columns.flatMap(({ words }) => words)) {
      const seen = total.get(word.toLowerCase());
      if (seen === undefined) total.set(word.toLowerCase(), { word, cells });
      else seen.cells += cells;
    }
    const facts = {
      rows,
      ...(most.length > 0 ? {} : { few: true as const }),
      columns: byCount(columns.map(({ header, words }) => [factText(header), sum(words)])),
      words: byCount([...total.values()].map(({ word, cells }) => [word, cells])),
    };
    return [{ line: null, column: null, code: 'words_for_nothing', facts }];
  }
}

/** Time zones that a message names. */
const MAX_NAMED = 5;
/** So many different words of a column are counted; the limit bounds the memory. */
const MAX_WORDS = 100;

function countWord(
  all: Map<Column, Words>,
  column: Column,
  { word, key }: { readonly word: string; readonly key: string },
): void {
  const words: Words = all.get(column) ?? new Map<string, never>();
  all.set(column, words);
  const seen = words.get(key);
  if (seen !== undefined) seen.cells++;
  else if (words.size < MAX_WORDS) words.set(key, { word, cells: 1 });
}

function counted(seen: Seen | null, line: number, value: string): Seen {
  if (seen === null) return { cells: 1, line, value: factText(value) };
  seen.cells++;
  return seen;
}

function sum(words: readonly Counted[]): number {
  return words.reduce((all, [, n]) => all + n, 0);
}

function byCount(words: readonly Counted[]): Counted[] {
  return [...words].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}
