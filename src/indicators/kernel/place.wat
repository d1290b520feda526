;; Where each close stands between the lowest low and the highest high of its window, for place-span.ts; `npm run wasm` compiles it.
;;
;; A high, and the low with its sign turned, are one value of 128 bits: the higher ones of two such pairs are one instruction. Prices rise and
;; fall by chance, and a processor that guesses which of two is higher, as in code of JavaScript, is wrong so often that its guesses cost more than all the
;; rest. Bars are cut into blocks as long as the window, as in `climb`.
(module
  ;; Numbers of 4,096 bars each: closes from byte 0, highs from 32,768, lows from 65,536, answers from 98,304; then their pairs.
  (memory (export "memory") 3)

  (func $pair (param $at i32) (result v128)
    (v128.xor
      (v128.load64_lane offset=65536 1 (local.get $at) (v128.load64_zero offset=32768 (local.get $at)))
      (v128.const i64x2 0 0x8000000000000000)))

  ;; Answers the bars from `period - 1` up to `count`; returns 0 where a high or a low is missing or endless: the answers are worth nothing then.
  (func (export "place") (param $count i32) (param $period i32) (param $scale f64) (result i32)
    (local $k i32)
    (local $left i32)
    (local $at i32)
    (local $pair v128)
    (local $best v128)
    (local $gap v128)
    (local $low f64)
    (local $place f64)

    ;; The highest pair from each bar to the end of its block, backwards.
    (local.set $k (i32.sub (local.get $count) (i32.const 1)))
    (local.set $left (i32.rem_u (local.get $count) (local.get $period)))
    (local.set $best (v128.const f64x2 -inf -inf))
    (loop $backwards
      (if (i32.eqz (local.get $left))
        (then
          (local.set $left (local.get $period))
          (local.set $best (v128.const f64x2 -inf -inf))))
      (local.set $at (i32.shl (local.get $k) (i32.const 3)))
      (local.set $pair (call $pair (local.get $at)))
      (local.set $gap (f64x2.add (local.get $gap) (f64x2.sub (local.get $pair) (local.get $pair))))
      (local.set $best (f64x2.pmax (local.get $best) (local.get $pair)))
      (v128.store offset=131072 (i32.shl (local.get $at) (i32.const 1)) (local.get $best))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (local.set $k (i32.sub (local.get $k) (i32.const 1)))
      (br_if $backwards (i32.ge_s (local.get $k) (i32.const 0))))

    ;; The highest since the block began, forwards, and with it the answers.
    (local.set $k (i32.const 0))
    (local.set $left (local.get $period))
    (local.set $best (v128.const f64x2 -inf -inf))
    (loop $forwards
      (if (i32.eqz (local.get $left))
        (then
          (local.set $left (local.get $period))
          (local.set $best (v128.const f64x2 -inf -inf))))
      (local.set $at (i32.shl (local.get $k) (i32.const 3)))
      (local.set $best (f64x2.pmax (local.get $best) (call $pair (local.get $at))))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (if (i32.ge_s (local.get $k) (local.get $period))
        (then
          (local.set $pair
            (f64x2.pmax
              (local.get $best)
              (v128.load offset=131072
                (i32.shl (i32.sub (local.get $k) (local.get $period)) (i32.const 4)))))
          (local.set $low (f64.neg (f64x2.extract_lane 1 (local.get $pair))))
          (local.set $place
            (f64.mul
              (local.get $scale)
              (f64.div
                (f64.sub (f64.load (local.get $at)) (local.get $low))
                (f64.sub (f64x2.extract_lane 0 (local.get $pair)) (local.get $low)))))
          (f64.store offset=98304 (local.get $at)
            (select
              (f64.add (local.get $place) (f64.const 0))
              (f64.const nan)
              (f64.eq (f64.sub (local.get $place) (local.get $place)) (f64.const 0))))))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $forwards (i32.lt_s (local.get $k) (local.get $count))))

    (i32.and
      (f64.eq (f64x2.extract_lane 0 (local.get $gap)) (f64.const 0))
      (f64.eq (f64x2.extract_lane 1 (local.get $gap)) (f64.const 0)))))
