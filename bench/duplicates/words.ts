/** First names in the order of how frequent they are; behind the real ones, two thousand made ones. */
export const FIRST_NAMES: readonly string[] = [
  ...(
    'Maria Michael Anna Thomas Daniel Peter Andrea Christian David Laura Sarah Stefan Martin John Julia Andreas ' +
    'James Sandra Robert Lena Alexander Elizabeth William Katharina Markus Sabine Susanne Jan Jennifer Nicole ' +
    'Christopher Karin Matthew Joseph Wolfgang Claudia Klaus Jürgen Petra Monika Patrick Paul Emma Richard Jessica ' +
    'Charles Ursula Birgit Hannah Margaret Sebastian Anthony Emily Steven Manfred Frank Kevin Melanie Simon ' +
    'Edward Charlotte Jakob Helga Benjamin Samuel Sophie Victoria Günter Gisela Bernhard Helmut Heinz Ingrid Renate ' +
    'Nicholas Katherine Jonathan Tobias Florian Mehmet Fatma Ayşe Mustafa Elif Olga Natalia Ivan Tomasz Agnieszka ' +
    'Piotr Małgorzata Jana Marek José Carmen Luis Giulia Marco Francesca Chloé René Zoë Jörg Jens Uwe Ralf Heike ' +
    'Silke Katrin Anke Antje Sven Torsten Dirk Ulrich Ulrike Franziska Johannes Friedrich Theodor Rebecca Deborah ' +
    'Timothy Gregory Raymond Kenneth Ronald Donald Philip Gerald Lawrence Arthur Walter Harold Albert Eleanor Grace'
  ).split(' '),
  ...madeUp(2_000),
];

function madeUp(count: number): string[] {
  const [starts, ends] = [
    'Ka Me Ro Li Da Vi Fe Jo No Ta Sa Be Mi Ru Zo Le Gi Ha Ne Pa Shi Ya Ori Ama Ilu'.split(' '),
    'ra lin mon sha din vel nia rek tor mira ndo lia sim bel tan vana gor leya wen ris'.split(' '),
  ];
  return Array.from({ length: count }, (_, n) => {
    const start = starts[n % starts.length] ?? '';
    const end = ends[Math.floor(n / starts.length) % ends.length] ?? '';
    const more = Math.floor(n / (starts.length * ends.length));
    return `${start}${more === 0 ? '' : (ends[more % ends.length] ?? '')}${end}`;
  });
}

/** How many last names there are. */
export const LAST_NAMES = 30_000;

const BEGINNINGS = (
  'Schm Müll Web Meyer Wagn Beck Schulz Hoff Koch Bau Richt Klein Wolf Schröd Neum Schwarz Zimm Braun Krüg Hart ' +
  'Lang Wern Krau Lehm Huber Köhl Herrm König Walt Kais Fuchs Pet Scholz Möll Weiß Jung Hahn Vog Kell Günth'
).split(' ');
const MIDDLES =
  'en er an in el ar on ul al or is am ed ov et un il ing end ard os em ik ab est'.split(' ');
const ENDS = (
  'mann er ski sen s ström burg meier hofer son ić ová berg stein feld ez ini oğlu ak wald bach au ner ler ke lein ' +
  'ert old ric hard'
).split(' ');

/** The last name of a rank: the first ones are short and frequent. */
export function lastName(rank: number): string {
  const beginning = BEGINNINGS[rank % BEGINNINGS.length] ?? '';
  const end = ENDS[Math.floor(rank / BEGINNINGS.length) % ENDS.length] ?? '';
  const middle = Math.floor(rank / (BEGINNINGS.length * ENDS.length));
  return `${beginning}${middle === 0 ? '' : (MIDDLES[middle % MIDDLES.length] ?? '')}${end}`;
}

/** First name → another form of it that people use; not taken from the judge's own list. */
export const OTHER_FORMS: ReadonlyMap<string, string> = new Map(
  (
    'Michael:Mike Thomas:Tom Daniel:Dan Andrea:Andi Christian:Chris David:Dave Stefan:Steffen John:Jack Andreas:Andi ' +
    'James:Jim Robert:Bob Alexander:Alex Elizabeth:Liz William:Bill Katharina:Kathi Jennifer:Jenny Nicole:Nicky ' +
    'Christopher:Chris Matthew:Matt Joseph:Joe Wolfgang:Wolf Richard:Dick Jessica:Jess Charles:Charlie Margaret:Peggy ' +
    'Sebastian:Basti Anthony:Tony Steven:Steve Manfred:Manni Edward:Ted Benjamin:Ben Samuel:Sam Victoria:Vicky ' +
    'Nicholas:Nick Katherine:Kate Jonathan:Jon Tobias:Tobi Florian:Flo Johannes:Hannes Friedrich:Fritz Theodor:Theo ' +
    'Rebecca:Becky Deborah:Debbie Timothy:Tim Gregory:Greg Raymond:Ray Kenneth:Ken Ronald:Ron Donald:Don Philip:Phil ' +
    'Lawrence:Larry Albert:Al Eleanor:Ellie Franziska:Franzi Ulrich:Uli Susanne:Susi Sabine:Bine Monika:Moni ' +
    'Patrick:Pat Jakob:Jockel Heinz:Heiner Ursula:Uschi Birgit:Gitte Anna:Annie Maria:Mia Peter:Pete Martin:Marty'
  )
    .split(' ')
    .map((pair): [string, string] => {
      const [name = '', form = ''] = pair.split(':');
      return [name, form];
    }),
);
