import type { UserField } from '../users/fields';

/**
 * Names of the columns in German, French, Spanish, Italian and Dutch. Only words that mean one
 * field wherever they stand. Left out are German `Titel` and French `statut` (a degree, a grade),
 * French `service` and `poste` (English words; an extension), Spanish `estado` (a state).
 */
export const FOREIGN_ALIASES: Readonly<Partial<Record<UserField, readonly string[]>>> = {
  code: [
    ...['Personalnummer', 'Personal-Nr', 'Pers.-Nr.', 'Mitarbeiternummer', 'Mitarbeiter-Nr'],
    ...['Mitarbeiter-ID', 'matricule', 'numéro de matricule', "numéro d'employé"],
    ...['número de empleado', 'código de empleado', 'ID de empleado', 'matricola'],
    ...['numero di matricola', 'codice dipendente', 'ID dipendente', 'personeelsnummer'],
    ...['medewerkernummer', 'medewerker-ID'],
  ],
  login: [
    ...['Benutzername', 'Anmeldename', "nom d'utilisateur", 'nombre de usuario', 'nome utente'],
    'gebruikersnaam',
  ],
  email: [
    ...['E-Mail-Adresse', 'Mailadresse', 'courriel', 'adresse e-mail', 'adresse mail'],
    ...['adresse électronique', 'correo', 'correo electrónico', 'dirección de correo'],
    ...['posta elettronica', 'indirizzo e-mail', 'e-mailadres', 'mailadres'],
  ],
  firstName: ['Vorname', 'prénom', 'nombre', 'nombre de pila', 'nome', 'voornaam'],
  lastName: [
    ...['Nachname', 'Familienname', 'Zuname', 'nom', 'nom de famille', 'apellido', 'apellidos'],
    ...['cognome', 'achternaam', 'familienaam'],
  ],
  displayName: [
    ...['Anzeigename', 'vollständiger Name', 'nom complet', "nom d'affichage"],
    ...['nombre completo', 'nome completo', 'nome e cognome', 'weergavenaam', 'volledige naam'],
  ],
  status: ['Beschäftigungsstatus', 'Mitarbeiterstatus'],
  organization: ['organización', 'organizzazione', 'organisatie'],
  jobTitle: [
    ...['Funktion', 'Stellenbezeichnung', 'Berufsbezeichnung', 'Jobtitel', 'fonction'],
    ...['intitulé du poste', 'puesto', 'puesto de trabajo', 'cargo', 'mansione', 'functie'],
    'functietitel',
  ],
  department: [
    ...['Abteilung', 'département', 'departamento', 'reparto', 'dipartimento', 'afdeling'],
  ],
  location: [
    ...['Standort', 'Arbeitsort', 'Dienstort', 'lieu de travail', 'lugar de trabajo', 'ubicación'],
    ...['centro de trabajo', 'sede di lavoro', 'standplaats', 'werklocatie'],
  ],
  manager: [
    ...['Vorgesetzter', 'Vorgesetzte', 'Führungskraft', 'responsable'],
    ...['responsable hiérarchique', 'supérieur hiérarchique', 'jefe', 'jefe directo'],
    ...['responsabile', 'leidinggevende'],
  ],
  locale: ['Sprache', 'langue', 'idioma', 'lingua', 'taal'],
  timeZone: ['Zeitzone', 'fuseau horaire', 'zona horaria', 'fuso orario', 'tijdzone'],
  phone: [
    ...['Telefon', 'Telefonnummer', 'Rufnummer', 'Mobiltelefon', 'Handy', 'téléphone'],
    ...['numéro de téléphone', 'teléfono', 'móvil', 'telefono', 'cellulare', 'telefoon'],
    'telefoonnummer',
  ],
  hireDate: [
    ...['Eintritt', 'Eintrittsdatum', 'Einstellungsdatum', "date d'embauche", "date d'entrée"],
    ...['fecha de ingreso', 'fecha de contratación', 'fecha de incorporación'],
    ...['data di assunzione', 'data assunzione', 'datum in dienst', 'indiensttreding'],
  ],
  leaveDate: [
    ...['Austritt', 'Austrittsdatum', 'date de départ', 'date de sortie', 'fecha de salida'],
    ...['data di cessazione', 'data cessazione', 'datum uit dienst', 'uitdiensttreding'],
  ],
};

/** A word, and how people write it without accents and umlauts: `prenom`, `Fuehrungskraft`. */
export function spellings(word: string): readonly string[] {
  const plain = word.normalize('NFKD').replace(/\p{M}/gu, '');
  const wide = word
    .normalize('NFKC')
    .replace(/[äöü]/gi, (letter) => `${plainLetter(letter)}e`)
    .replaceAll('ß', 'ss');
  return [...new Set([word, plain, wide])];
}

function plainLetter(letter: string): string {
  return letter.normalize('NFKD').charAt(0);
}
