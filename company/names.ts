/** A name as its people write it, and as it appears in their mail address. */
export type Name = readonly [written: string, ascii: string];

/** Given and family names of one language. */
export interface NameSet {
  readonly given: readonly Name[];
  readonly family: readonly Name[];
}

/** `written:ascii`, the second part left out where lower case and no accents make it. */
function names(list: string): readonly Name[] {
  return list.split(/\s*,\s*/).map((item): Name => {
    const [written = '', ascii = plain(written)] = item.trim().split(':');
    return [written, ascii];
  });
}

function plain(written: string): string {
  return written
    .normalize('NFD')
    .replace(/[^A-Za-z'-]/g, '')
    .toLowerCase();
}

/** Names in several scripts; invented pairs of common names. */
export const NAME_SETS: readonly NameSet[] = [
  {
    given: names('Anna, Zoë, Renée, François, Hélène, Noémie, Björn, Søren:soren, Åsa, José'),
    family: names("Dupont, Lefèvre, D'Arcy, Müller, Groß:gross, Ødegård:oedegaard, Núñez, Peña"),
  },
  {
    given: names('William, Mary-Jane, Siobhán, Aoife, Dylan, Grace, Oliver, Niamh, Jack, Ruth'),
    family: names(
      "O'Brien, Smith-Jones, MacDonald, van der Berg, de la Cruz, Ng, Lee, Ó Súilleabháin",
    ),
  },
  {
    given: names(
      'Łukasz:lukasz, Zofia, Żaneta, Jiří, Božena, Ștefan, Ilinca, Győző, Đorđe:djordje',
    ),
    family: names('Wałęsa:walesa, Nowák, Dvořák, Brâncuși, Szőke, Žižka, Čapek, Đurić:djuric'),
  },
  {
    given: names(
      'İbrahim, Işıl:isil, Çağla, Gökçe, Ümit, Şükrü, Iğdır:igdir, Ayşe, Oğuz, Yiğit:yigit',
    ),
    family: names(
      'Yıldız:yildiz, Şahin, Öztürk, Çınar:cinar, Güneş, Ilıcak:ilicak, İnönü, Ağaoğlu',
    ),
  },
  {
    given: names('Анна:anna, Пётр:pyotr, Юлия:yulia, Олексій:oleksii, Їлена:ilena, Сергей:sergei'),
    family: names('Иванова:ivanova, Щербак:shcherbak, Кузнецов:kuznetsov, Шевченко:shevchenko'),
  },
  {
    given: names('Αθηνά:athina, Γιώργος:giorgos, Σοφία:sofia, Ίρις:iris, Νίκος:nikos, Ζωή:zoi'),
    family: names(
      'Παπαδόπουλος:papadopoulos, Οικονόμου:oikonomou, Σωτηρίου:sotiriou, Βλάχος:vlachos',
    ),
  },
  {
    given: names(
      '伟:wei, 芳:fang, 秀英:xiuying, 小明:xiaoming, 陽子:yoko, 健太:kenta, 서연:seoyeon',
    ),
    family: names(
      '王:wang, 李:li, 欧阳:ouyang, 佐藤:sato, 髙橋:takahashi, 김:kim, 陈:chen, 𠮷田:yoshida',
    ),
  },
  {
    given: names('محمد:mohammed, فاطمة:fatima, ليلى:layla, يوسف:yusuf, נועה:noa, אורי:uri'),
    family: names('الخطيب:alkhatib, حدّاد:haddad, بن سعيد:bensaid, כהן:cohen, לוי:levi'),
  },
];

/** Departments with the titles of their people, lowest first. */
export const DEPARTMENTS: readonly (readonly [name: string, titles: readonly string[]])[] = [
  ['Engineering', ['Engineer', 'Senior Engineer', 'Staff Engineer', 'Engineering Lead']],
  ['Production', ['Operator', 'Technician', 'Shift Lead', 'Plant Supervisor']],
  ['Sales', ['Account Executive', 'Senior Account Executive', 'Key Account Manager']],
  ['Customer Care', ['Agent', 'Senior Agent', 'Team Coach']],
  ['People & Culture', ['Recruiter', 'HR Partner', 'Learning Designer']],
  ['Finance', ['Accountant', 'Controller', 'Treasurer']],
  ['Research', ['Research Assistant', 'Scientist', 'Principal Scientist']],
  ['Legal', ['Paralegal', 'Counsel', 'Senior Counsel']],
];

/** Places of work. */
export const LOCATIONS: readonly string[] = [
  'Bergen',
  'Zürich',
  'Łódź',
  'İzmir',
  'Thessaloniki',
  'Київ',
  'São Paulo',
  'Montréal',
  '東京',
  'القاهرة',
  'Cork',
  'Austin',
];
