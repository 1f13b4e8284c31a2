/**
 * Whether a request without credentials is refused where a route asks for a role. False only while the portal has no
 * sign-in page: then a stranger counts as the installation's one caller, except at the routes of identity itself.
 */
export const ACCESS_ENFORCED: boolean = false;
