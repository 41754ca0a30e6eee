import type { StoredMessage } from '../domain/runs/messages';
import type { RunDocument, RunMessage } from '../domain/runs/runDocument';
import type { PersonPreview, ReadPerson } from '../operations/sources/previewPerson';
import type { MappedPerson } from '../operations/sources/sourcePerson';
import type { SourceTest } from '../operations/sources/testSource';
import { wordMessage, wordRowFault } from '../wording/messages';

/** A person as a source sends them, with sentences for what is wrong. */
export type WordedPerson = Omit<MappedPerson, 'faults'> & {
  readonly faults: readonly {
    readonly field: string | null;
    readonly code: string;
    readonly message: string;
  }[];
};

export type WordedRead = Omit<ReadPerson, 'mapped'> & { readonly mapped: WordedPerson | null };

export type WordedPreview = Omit<PersonPreview, 'mapped' | 'messages'> & {
  readonly mapped: WordedPerson | null;
  readonly messages: readonly Pick<RunMessage, 'code' | 'message'>[];
};

export type WordedTest = Omit<SourceTest, 'people'> & { readonly people: readonly WordedPerson[] };

/** A stored message with its sentence. */
export function worded(message: StoredMessage): RunMessage {
  const { line, column, code, count, lines } = message;
  return {
    line,
    column,
    code,
    message: wordMessage(message),
    ...(count === undefined ? {} : { count }),
    ...(lines === undefined ? {} : { lines }),
  };
}

/** The document of a run, its messages with their sentences. */
export function wordedDocument(
  document: Omit<RunDocument, 'messages'> & { readonly messages: readonly StoredMessage[] },
): RunDocument {
  return { ...document, messages: document.messages.map(worded) };
}

/** Messages with their sentences, as they arrive. */
export async function* wordedMessages(
  messages: AsyncIterable<StoredMessage & { readonly entry: number | null }>,
): AsyncGenerator<RunMessage & { readonly entry: number | null }> {
  for await (const message of messages) yield { ...worded(message), entry: message.entry };
}

export function wordedPerson(person: MappedPerson): WordedPerson {
  const faults = person.faults.map((fault) => {
    const [field, code] = fault;
    return { field, code, message: wordRowFault(fault) };
  });
  return { ...person, faults };
}

export function wordedRead(read: ReadPerson): WordedRead {
  return { ...read, mapped: read.mapped === null ? null : wordedPerson(read.mapped) };
}

export function wordedPreview(preview: PersonPreview): WordedPreview {
  const messages = preview.messages.map((message) => {
    const { code } = message;
    return { code, message: wordMessage(message) };
  });
  const mapped = preview.mapped === null ? null : wordedPerson(preview.mapped);
  return { ...preview, mapped, messages };
}
