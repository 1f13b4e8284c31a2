/** Whether a request without credentials is refused where a route asks for a role. */
export const ACCESS_ENFORCED: boolean = true;
