import { fold } from './letters';

/**
 * First names by which one person may go: each line is one name, its short forms and its other spellings. A
 * short form may stand in several lines (Alex, Chris, Toni). English and German, with the forms that the two
 * languages have of each other's names.
 */
const ENGLISH = `
abigail abby gail
abraham abe
albert al bert bertie
alexander alex alec sandy xander lex alexandre alessandro aleksander alejandro
alexandra alex sandra sandy lexi alessandra aleksandra
alfred alf alfie fred freddie
alice ali alicia
allison alison allie ally
amanda mandy
andrew andy drew andre
angela angie angelina
ann anne anna annie nan nancy hannah hanna
anthony antony tony anton antonio
arthur art artie
barbara barb babs barbie
benjamin ben benny benji
bernard bernie bernhard
bradley brad
brian bryan
caroline carolyn carol carrie caro carolin karoline carolina
catherine katherine kathryn catharine katharine kate katie kathy cathy kat kitty katy katherina katarina
charles charlie chuck chas carl karl carlos
charlotte charlie lottie lotte
christine christina chris chrissy tina kristina kristine christin kristin
christopher chris kit topher kris christoph kristof
cynthia cindy
daniel dan danny daniil
daniela danielle dani
david dave davey
deborah debbie deb debra
dennis denis
donald don donny
dorothy dot dottie dorothea dora
douglas doug
edward ed eddie ted teddy ned eduard eddy
eleanor ellie nell nora eleonore
elizabeth elisabeth liz lizzie beth betty eliza elsie lisa liza bess betsy libby elsa elisa
emily em emma milly
eugene gene
evelyn evie eve
florence flo flossie
francis frank fran franz
frances fran francesca franziska
franklin frank
frederick fred freddie rick friedrich frederik
gabriel gabe
gabrielle gabby gabriela gabriele gabi
geoffrey jeffrey geoff jeff
george georg georgie jorge giorgio
gerald gerry jerry gerard gerhard
gregory greg
harold harry hal
helen nell nellie helena helene ellen elena
henry harry hank hal heinrich enrique
herbert herb bert
isabel isabella isabelle bella belle izzy isabell
jacob jake jakob
jacqueline jackie
james jim jimmy jamie
jane janie jenny jean joan
janet jan jeanette
jennifer jen jenny jenn
jessica jess jessie
john johnny jack jon johann johannes hans ian ivan juan jean
jonathan jon jonny johnathan nathan
joseph joe joey josef jose
josephine jo josie josefine
joshua josh
judith judy judi jutta
julia julie jules juliana
katelyn kate kaitlyn caitlin katie
kenneth ken kenny
kimberly kim kimberley
lawrence laurence larry lars lorenz
leonard leo len lenny leonhard leonardo
lillian lily lilly
louis lou louie lewis ludwig luis luigi
louise lou luise luisa
lucille lucy lucia
madeleine madeline maddie maddy
margaret maggie meg peggy marge margie rita greta daisy margarete margarethe margarita margit gretchen grete
martha patty marta
mary marie maria molly polly mamie may
matthew matt matty matthias mathias mattias matteo
maureen mo
maxwell max
megan meg meghan
melissa mel missy
michael mike mick mickey mikey mitch michel miguel michele mikael mikhail
michelle shelly mickey michele
mildred millie
mohammed muhammad mohamed mohammad mo mehmet muhammed
nathaniel nathan nat nate
natalie nat natasha nathalie natalia
nicholas nick nicky nicolas nico nikolaus niklas klaus nicola nikolai
nicole nicky nikki nicola nic
oliver ollie olli
pamela pam
patricia pat patty tricia trish patsy patrizia
patrick pat paddy
paul pablo paolo pawel
pauline paula
penelope penny
peter pete piet pietro pedro petr
philip phillip phil philipp filip
priscilla cilla
rachel rae rahel
raymond ray
rebecca becky becca rebekka
richard rick ricky dick rich richie
robert rob bob bobby robbie bert roberto
roberta bobbie
roger rog rudiger
ronald ron ronnie
rosemary rose rosie rosemarie
russell russ
samantha sam sammy
samuel sam sammy
sarah sara sally sadie
sebastian seb basti bastian
sharon shari
sidney sid sydney
stanley stan
stephanie steph stefanie steffi stefani
stephen steven steve stefan stephan stevie etienne
stuart stewart stu
susan sue suzy susie susanne suzanne susanna
tabitha tabby
teresa theresa terry tess tessa therese resi
terence terry terrence
theodore ted teddy theo theodor
thomas tom tommy tomas
timothy tim timmy
tobias toby tobi
valerie val
veronica ronnie vera veronika
victor vic viktor
victoria vicky tori viktoria vicki
vincent vin vince vinzenz
virginia ginny ginger
walter walt wally
william bill billy will willy liam wilhelm guillermo
zachary zach zack
`;

const GERMAN = `
achim joachim jochen hajo
adelheid heidi heide
adolf dolf
agnes agi
albrecht albert
alfons fons
andrea andi
andreas andi andy anders
angelika geli angelica
anneliese annelie anne liesel
annemarie anne annamaria
antje anna
anton toni tony
antonia toni antonie
august gustl
balthasar balz
barbel barbara barbl
beate bea beatrice beatrix
benedikt bene
benjamin benni ben
bernhard bernd berni hardy
bernadette detta
birgit gitte brigitte gitta birgitta biggi
burkhard burkhardt burghard
cacilie cilli
charlotte lotte lotti
christa christel christiane
christian chris christof krischan kristian
christiane chris christina
claudia claudi klaudia
cornelia conny conni nelly
cornelius conny
dagmar dagi
detlef detlev
dieter dietrich didi
dietmar ditmar
dominik dominic dom nik
dorothea doris dorle thea dorothee
eberhard ebi hardy
eckhard eckart ekkehard eckehard ecki
edeltraud traudl traudel
elfriede friedel elfi
elisabeth elli else ilse lisbeth liesel lieselotte lilli sissi sisi betti elsbeth lisl
erich erik eric
ernst erni
eva evi eve
felicitas feli
ferdinand ferdi fernando
florian flo flori
franz franzl francesco
franziska franzi ziska
friederike rike fritzi
friedrich fritz frieder fred friedl
gabriele gabi gaby
georg schorsch jorg jurgen gorg
gerd gerhard gert gerhardt
gerlinde linde
gertrud gerti trude traudl
gisela gisa
gottfried friedel
gregor greg
gunter gunther guenther
gustav gustl gus
hannelore hanne lore hanna
hans johann johannes hannes hansi jan hanns
hansjorg hajo
harald harry
hedwig hedi hede
heinrich heinz heiner heini heiko henning hinrich hendrik henrik
heinz karlheinz
helmut hellmut helmuth
hildegard hilde hilda
hubert hubi hugo
ignaz naz
ingeborg inge inga
ingrid inge
irmgard irmi irma
isabella bella
jakob jockel kobi
jennifer jenny jenni
joachim jo jochen achim
johanna hanna hanni jo
jonas jona
josef sepp seppi jupp beppo joschi jo
josefine fini josi josephine
julian jule julius
juliane jule julia
jurgen jorg
karin karen carin
karl carl kalle charly
karlheinz kalle karl
karoline line lina
katharina kathi kathrin katrin katja kati trine kathrina cathrin catrin rina
katja katharina
klaus claus nikolaus niklas
klemens clemens
konrad conrad konni kurt
konstantin kostja costa constantin
kornelia conny cornelia
kurt curt conrad
leonhard leo hartl
leonie leo
lieselotte lilo lotte liselotte
lorenz lenz laurenz
ludwig lutz wiggerl
lukas lucas luca luc
magdalena lena leni magda magdalene
manfred manni fred manny
manuel manu emanuel
manuela manu ela
margarete grete gretel greta gretl marga margret margarethe gitta
maria mia mitzi marie ria mariechen
marianne janne
markus marcus mark marc marco marko
martin marti marten
martina tina
mathilde hilde tilda
matthaus matthias
matthias matze hias mathias matti
maximilian max maxi maxim
melanie mel mella
michael michi michel michl
michaela michi ela micha
monika moni monica
natalie nata
nikolaus niko klaus nikolas nick
norbert nobbi bert
oskar oscar ossi
oswald ossi
philipp phil phillip
raimund ray raymund
rainer reiner reinhard
reinhard reinhardt rainer
renate nate
rolf rudolf
roland rollo
rosa rosi roswitha rosina
rosemarie rosi romy
rudiger rudi
rudolf rudi rolf rudolph
rupert rupp robert
sabine bine sabina
sandra alexandra
sara sarah
sebastian wastl basti
siegfried siggi sigi
sieglinde siggi linde
sigmund siggi siegmund
sigrid siggi siri
silvia sylvia silvie
simon simone
sofie sophie sophia sofia
stefan steffen stephan
susanne susi sanne suse
sven swen
tatjana tanja
thea dorothea
theodor theo
therese resi thesi
thomas thomi tommi
thorsten torsten
ulrich uli ulli
ulrike uli ulli rike
ursula uschi ulla ursel
ute uta
valentin valli
vera verena
veronika vroni
viktoria vicki
walburga burgi wally
waldemar waldi
walter walther
waltraud traudl waltraut traudel
wilfried willi fried
wilhelm willi willy wim helm will
wilhelmine mina minna
wolfgang wolf wolle wolfi
wolfram wolf
yvonne ivonne
`;

/** A folded first name → the lines that have it. */
const LINES: ReadonlyMap<string, readonly number[]> = linesByName();

function linesByName(): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const lines = (ENGLISH + GERMAN).split('\n').filter((line) => line !== '');
  lines.forEach((line, n) => {
    for (const name of new Set(line.split(' ').map(fold))) {
      found.set(name, [...(found.get(name) ?? []), n]);
    }
  });
  return found;
}

const NONE: readonly number[] = [];

/** The lines of nicknames that have this folded first name. */
export function nicknameLines(first: string): readonly number[] {
  return LINES.get(first) ?? NONE;
}

/** True when two different folded first names may be those of one person. */
export function areNicknames(a: string, b: string): boolean {
  const lines = nicknameLines(a);
  return lines.length > 0 && nicknameLines(b).some((line) => lines.includes(line));
}
