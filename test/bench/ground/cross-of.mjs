/** W1 with its periods as parameters, in a module that threads of the built package import. */
import { crossover, sma, Strategy } from 'nextbar';

/** Two averages cross, one data. */
export class CrossOf extends Strategy {
  static params = { fast: 10, slow: 30 };
  cross = crossover(sma(this.data.close, this.params.fast), sma(this.data.close, this.params.slow));

  next() {
    if (this.cross.now > 0) this.buy();
    else if (this.cross.now < 0) this.close();
  }
}
