/** The end of the help of commands that take a filter. */
export const FILTER_HELP = `
A filter compares fields with values. Text stands in double quotes; its case does not count.
  eq, ne          equal, not equal. eq "" finds people without a value, ne "" those with one
  co, sw, ew      contains, starts with, ends with
  gt, ge, lt, le  after, from, before, up to: dates, times, numbers, text
  pr              has a value
  and, or, not ( )
The fields are those of \`users show\`: department, organization (its code), manager (the code),
jobTitle, location, hireDate, status, … and properties.NAME. A person has several identities,
enrollments and credits: brackets are true when one of them fits all of it.
  identities[…]   source, externalId
  enrollments[…]  course (its code), status (enrolled, in_progress, completed, cancelled), progress,
                  score, enrolledAt, completedAt
  credits[…]      title, provider, credits, earnedOn, evidenceUrl
The grammar is that of SCIM (RFC 7644, section 3.4.2.2). Examples of filters:
  department eq "Sales"                                    everyone in Sales
  manager eq ""                                            everyone without a manager
  email ew "@example.com" and not (organization pr)        an address, and no organization
  hireDate ge "2026-01-01" and hireDate lt "2026-04-01"    hired in the first quarter
  status eq "inactive" and deactivatedAt ge "2026-11-01"   left since November
  identities[source eq "hr" and externalId sw "10"]        numbers in hr that begin with 10
  enrollments[course eq "SAFETY" and status eq "completed" and score ge 80]   passed well
  not (enrollments[course eq "SAFETY" and status eq "completed"])             still has to do it`;
