/**
 * A JSON answer that is text already, because its parts were kept: it is sent as it stands. `Answer` is what the text says;
 * where answers are checked it is parsed and held to the schema like any other.
 */
export class JsonText<Answer> {
  /** Only a type: no value of it is ever made. */
  declare readonly answer: Answer;
  readonly text: string;
  /** Strong entity tag: the same for equal states, whatever the clock says. */
  readonly tag: string;

  constructor(text: string, tag: string) {
    this.text = text;
    this.tag = tag;
  }
}
