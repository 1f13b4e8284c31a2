/** Time passed in from outside. `now` is epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** The market's own time. It equals the wall clock only for a live source, and never goes back within a market. */
export interface MarketClock extends Clock {
  /** Market milliseconds that pass in one wall millisecond; 1 for live, 0 while paused. */
  speed(): number;
}
