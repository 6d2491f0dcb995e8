// People of the office by their names; an account that has none is shown as it is.

/** Name of an account that took part in a dossier. */
export function named(dossier, username) {
  return dossier.names?.[username] || username;
}
