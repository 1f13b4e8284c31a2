import {
  Component,
  DestroyRef,
  ElementRef,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { TreemapChart } from 'echarts/charts';
import { AriaComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { paletteOf } from '../tokens/palette.ts';
import type { GainMode, Palette } from '../tokens/palette.ts';
import type { ThemeName } from '../tokens/tokens.ts';
import { changeStep, percentText, tileColour, tileDecal, treemapSummary } from './treemap-model.ts';
import type { TreemapGroup, TreemapLeaf } from './treemap-model.ts';

// Only what is drawn: the whole library is four times as large.
use([TreemapChart, TooltipComponent, AriaComponent, CanvasRenderer]);

/** Below this width a figure of two decimals would be cut, and a cut figure is another figure. */
const NARROW_PX = 480;

/**
 * Groups and their tiles as areas, coloured and hatched by change. The picture is for eyes and pointer; the page stands a
 * table of the same beside it, which is also the way of the keyboard.
 */
@Component({
  selector: 'z-treemap',
  template: `<div class="box" #box role="img" [attr.aria-label]="label() + '. ' + summary()"></div>`,
  styles: `
    :host {
      display: block;
      position: relative;
      min-block-size: 0;
    }
    .box {
      position: absolute;
      inset: 0;
    }
  `,
})
export class Treemap {
  readonly label = input.required<string>();
  readonly groups = input.required<readonly TreemapGroup[]>();
  readonly theme = input.required<ThemeName>();
  readonly gain = input<GainMode>('safe');
  /** A leaf was pressed. */
  readonly activated = output<string>();
  protected readonly summary = computed(() => treemapSummary(this.groups()));
  private readonly box = viewChild.required<ElementRef<HTMLElement>>('box');
  private readonly chart = signal<EChartsType | null>(null);
  private readonly narrow = signal(false);

  constructor() {
    afterNextRender(() => untracked(() => this.create()));
    effect(() => {
      const chart = this.chart();
      const [groups, palette] = [this.groups(), paletteOf(this.theme(), this.gain())];
      chart?.setOption(optionOf(groups, palette, this.narrow(), `${this.label()}. ${this.summary()}`));
    });
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const fit = (): void => {
      this.narrow.set(host.clientWidth < NARROW_PX);
      this.chart()?.resize();
    };
    const observer = typeof ResizeObserver === 'function' ? new ResizeObserver(fit) : null;
    observer?.observe(host);
    inject(DestroyRef).onDestroy(() => {
      observer?.disconnect();
      untracked(this.chart)?.dispose();
    });
  }

  private create(): void {
    const chart = init(this.box().nativeElement, null, { renderer: 'canvas' });
    chart.on('click', (event) => {
      const { leaf } = event.data as { leaf?: string };
      if (leaf !== undefined) this.activated.emit(leaf);
    });
    this.chart.set(chart);
  }
}

function optionOf(
  groups: readonly TreemapGroup[],
  palette: Palette,
  narrow: boolean,
  description: string,
): Parameters<EChartsType['setOption']>[0] {
  const itemStyle = (leaf: TreemapLeaf): object => {
    const step = changeStep(leaf.changePct);
    return { color: tileColour(step, palette), decal: tileDecal(step, palette) };
  };
  const font = { fontFamily: 'Inter Variable, system-ui, sans-serif', color: palette.text };
  return {
    animation: false,
    aria: { enabled: true, label: { description } },
    tooltip: {
      renderMode: 'richText',
      backgroundColor: palette.raised,
      borderColor: palette.separator,
      textStyle: { ...font, fontSize: 12 },
      formatter: ({ data }: { data?: { tip?: string } }) => data?.tip ?? '',
    },
    series: [
      {
        type: 'treemap',
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        inset: 0,
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        squareRatio: 1.2,
        label: {
          ...font,
          fontSize: narrow ? 10 : 12,
          lineHeight: narrow ? 13 : 15,
          padding: 0,
          formatter: ({ data }: { data?: { words?: string } }) => data?.words ?? '',
        },
        upperLabel: {
          ...font,
          formatter: ({ name }: { name: string }) => name,
          show: true,
          height: 20,
          fontSize: 11,
          fontWeight: 600,
          padding: [0, 6],
        },
        itemStyle: { borderColor: palette.background, borderWidth: 1, gapWidth: 1 },
        emphasis: {
          label: { color: palette.text },
          upperLabel: { color: palette.text },
          itemStyle: { borderColor: palette.accent },
        },
        levels: [
          { itemStyle: { borderWidth: 0, gapWidth: 4 }, upperLabel: { show: false } },
          { itemStyle: { borderColor: palette.raised, borderWidth: 2, gapWidth: 1 } },
          { itemStyle: { borderColorSaturation: 0 } },
        ],
        data: groups.map((group) => ({
          name: narrow ? group.label : `${group.label}  ${percentText(group.changePct)}`,
          value: group.weight,
          tip: group.detail,
          children: group.leaves.map((leaf) => ({
            name: leaf.label,
            words: `${leaf.label}\n${percentText(leaf.changePct, narrow ? 1 : 2)}`,
            value: leaf.weight,
            tip: leaf.detail,
            leaf: leaf.id,
            itemStyle: itemStyle(leaf),
          })),
          itemStyle: { borderColor: palette.raised },
        })),
      },
    ],
  };
}
