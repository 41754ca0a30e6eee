/** Steps about letters that come back, and about announcements. */
export interface DeliverySteps {
  listSuppressions: object;
  /** How an address is suppressed. */
  helpAddSuppression: object;
  helpImportBounces: object;
  listAnnouncements: object;
  /** How something is announced. */
  helpAnnounce: object;
  /** `user` as it was given. */
  listNotifications: { readonly user: string };
}

/** As `SHAPES` in `domain/next.ts`. */
export const DELIVERY_SHAPES = {
  listSuppressions: 'command',
  helpAddSuppression: 'command',
  helpImportBounces: 'command',
  listAnnouncements: 'command',
  helpAnnounce: 'command',
  listNotifications: 'command',
} as const satisfies Record<keyof DeliverySteps, 'command' | 'sentence'>;
