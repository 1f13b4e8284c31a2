import { DomainError } from '@ziggy/domain';

/** `max` plays without waiting, as fast as the consumer takes it. */
export type TapeSpeed = number | 'max';

export const TAPE_SPEED_MIN = 0.1;
/** A daily series holds two moments a session: below some thousands it looks like standing still. */
export const TAPE_SPEED_MAX = 10_000_000;

/** @throws DomainError `validation_failed` for a speed outside the range. */
export function checkedSpeed(speed: TapeSpeed): TapeSpeed {
  if (speed === 'max' || (speed >= TAPE_SPEED_MIN && speed <= TAPE_SPEED_MAX)) return speed;
  throw new DomainError(
    'validation_failed',
    `The speed of a tape is ${TAPE_SPEED_MIN} to ${TAPE_SPEED_MAX}, or "max".`,
  );
}
