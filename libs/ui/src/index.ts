export { FRAME_TOKENS, ROW_HEIGHT, THEME_NAMES, THEME_TOKENS } from './tokens/tokens.ts';
export type { Density, ThemeName } from './tokens/tokens.ts';
export { GAIN_MODES, THEME_CHOICES, paletteOf, resolveTheme } from './tokens/palette.ts';
export type { GainMode, Palette as TokenPalette, ThemeChoice } from './tokens/palette.ts';
export { DASH, MINUS, reasonText, regimeText } from './format/reading.ts';
export type { Numeric, Reading, Tone } from './format/reading.ts';
export {
  decimalsOfCurrency,
  decimalsOfTick,
  formatCompact,
  formatMoney,
  formatNumber,
  formatPercent,
  formatPrice,
  formatQuantity,
} from './format/numbers.ts';
export type { PercentUnit, SignRule } from './format/numbers.ts';
export { formatAge, formatDuration, formatLatency, formatTime, zonePlace } from './format/times.ts';
export type { TimeStyle } from './format/times.ts';
export {
  AgeCell,
  DurationCell,
  LatencyCell,
  MoneyCell,
  NumberCell,
  PercentCell,
  PriceCell,
  QuantityCell,
  TimeCell,
  VolumeCell,
} from './primitives/figures.ts';
export { ICON_NAMES } from './primitives/icons.ts';
export type { IconName } from './primitives/icons.ts';
export { Icon } from './primitives/icon.ts';
export { Button } from './primitives/button.ts';
export type { ButtonVariant } from './primitives/button.ts';
export { RowButtons } from './primitives/row-buttons.ts';
export { CopyField } from './primitives/copy-field.ts';
export { Diff, diffOf } from './primitives/diff.ts';
export type { DiffRow } from './primitives/diff.ts';
export { Field, FormErrors } from './primitives/field.ts';
export type { FieldError } from './primitives/field.ts';
export { FRESHNESS_STATES, FreshnessBadge, freshnessOf, freshnessText } from './primitives/freshness.ts';
export type { Freshness, FreshnessFacts, FreshnessState } from './primitives/freshness.ts';
export {
  EnvironmentChip,
  EnvironmentFrame,
  KindWatermark,
  environmentPrefix,
  environmentText,
} from './primitives/environment.ts';
export type { Environment } from './primitives/environment.ts';
export { FlashCell } from './primitives/flash.ts';
export { Sparkline, sparkShape } from './primitives/sparkline.ts';
export { EmptyBlock, ErrorBlock, ForbiddenBlock, Skeleton } from './primitives/blocks.ts';
export type { Problem } from './primitives/blocks.ts';
export { AppFrame, PageHeader, RailItem, Tile } from './primitives/layout.ts';
export { Segmented, Tabs } from './primitives/choice.ts';
export type { Choice } from './primitives/choice.ts';
export { ThemeSwitch, applyTheme } from './primitives/theme-switch.ts';
export { SessionClock } from './primitives/session-clock.ts';
export type { VenueSession } from './primitives/session-clock.ts';
export { StreamPill, pillText } from './primitives/stream-pill.ts';
export type { PillState, StreamHealth } from './primitives/stream-pill.ts';
export { Popover } from './overlay/popover.ts';
export { Tooltip } from './overlay/tooltip.ts';
export { Menu } from './overlay/menu.ts';
export type { MenuItem } from './overlay/menu.ts';
export { Dialog } from './overlay/dialog.ts';
export { ToastStack } from './overlay/toast.ts';
export type { Toast, ToastTone } from './overlay/toast.ts';
