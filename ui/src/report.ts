/** What the sections share: the profiles, the colours, and the step that is selected. */
import { Observable } from './observable';
import { Palette } from './owners';
import type { Profile } from './profile';

export class Report {
  readonly palette: Palette;
  /** The sample that the reader looks at; null is the whole run. */
  readonly selected = new Observable<number | null>(null);

  constructor(
    readonly profile: Profile,
    readonly other: Profile | null,
  ) {
    this.palette = new Palette(other ? [profile, other] : [profile]);
  }
}
