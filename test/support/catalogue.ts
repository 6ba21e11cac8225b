/** What a row that is written by hand has: the shipped default of its agency, whose id is the second value of the statement. */
export const DEFAULT_PLAN = '(select id from plan where agency_id = $2 and is_default)';
export const DEFAULT_PACKAGE = '(select id from package where agency_id = $2 and is_default)';
