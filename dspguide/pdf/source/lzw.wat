;; LZW as PDF has it (ISO 32000-2, 7.4.4): codes of 9 to 12 bits, highest bit first, 256 clears the
;; table, 257 ends the data. A string of the table is a place in what was written before.
(module
  ;; 0 to 32767: for each code the string's place and its length, 4 bytes each; but at 0, which no
  ;; string needs, where the data end, and at 4 whether codes become longer one code before they
  ;; must, 1 or 0. (Arguments of a function cost Python more.) From 32768 on the data, and what
  ;; they decode to.
  (memory (export "memory") 1)

  ;; Decodes the data to the bytes behind them, and puts at 0 where those end; or 0 for data with an
  ;; error in them, or that decode to more than there may be memory for.
  (func (export "decode")
    (local $in i32)
    (local $end i32)
    (local $out i32)
    (local $early i32)
    (local $bits i32)       ;; what was read of the data and is not yet part of a code,
    (local $count i32)      ;; of which so many bits, the lowest ones, count
    (local $width i32)      ;; bits of a code
    (local $next i32)       ;; the code that the next string gets; 257: none, as there is none before
    (local $code i32)
    (local $entry i32)      ;; where a code's place and length stand
    (local $before i32)     ;; the string before: where it was written,
    (local $length i32)     ;; and its length
    (local $from i32)
    (local $to i32)
    (local $room i32)       ;; where the memory ends
    (local.set $in (i32.const 32768))
    (local.set $end (i32.load (i32.const 0)))
    (local.set $out (local.get $end))
    (local.set $early (i32.load (i32.const 4)))
    (i32.store (i32.const 0) (i32.const 0))
    (local.set $width (i32.const 9))
    (local.set $next (i32.const 257))
    (local.set $room (i32.shl (memory.size) (i32.const 16)))
    (block $ended
      (loop $codes
        (loop $bytes
          (if (i32.lt_u (local.get $count) (local.get $width))
            (then
              (br_if $ended (i32.ge_u (local.get $in) (local.get $end)))
              (local.set $bits
                (i32.or
                  (i32.shl (local.get $bits) (i32.const 8))
                  (i32.load8_u (local.get $in))))
              (local.set $in (i32.add (local.get $in) (i32.const 1)))
              (local.set $count (i32.add (local.get $count) (i32.const 8)))
              (br $bytes))))
        (local.set $count (i32.sub (local.get $count) (local.get $width)))
        (local.set $code
          (i32.and
            (i32.shr_u (local.get $bits) (local.get $count))
            (i32.sub (i32.shl (i32.const 1) (local.get $width)) (i32.const 1))))

        (if (i32.eq (local.get $code) (i32.const 256))
          (then
            (local.set $width (i32.const 9))
            (local.set $next (i32.const 257))
            (br $codes)))
        (br_if $ended (i32.eq (local.get $code) (i32.const 257)))

        ;; The string before, and one byte more, which is the next that is written.
        (if (i32.eq (local.get $next) (i32.const 4096))
          (then (return)))
        (if (i32.ne (local.get $next) (i32.const 257))
          (then
            (local.set $entry (i32.shl (local.get $next) (i32.const 3)))
            (i32.store (local.get $entry) (local.get $before))
            (i32.store offset=4
              (local.get $entry)
              (i32.add (local.get $length) (i32.const 1)))))
        (local.set $next (i32.add (local.get $next) (i32.const 1)))
        (if (i32.ge_u (local.get $code) (local.get $next))
          (then (return)))
        ;; Wider from 512, 1024 and 2048 on.
        (if (i32.gt_u
              (i32.add (local.get $next) (local.get $early))
              (i32.sub (i32.shl (i32.const 1) (local.get $width)) (i32.const 1)))
          (then
            (if (i32.lt_u (local.get $width) (i32.const 12))
              (then (local.set $width (i32.add (local.get $width) (i32.const 1)))))))

        ;; No string is longer than the table.
        (if (i32.gt_u (i32.add (local.get $out) (i32.const 4096)) (local.get $room))
          (then
            (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1))
              (then (return)))
            (local.set $room (i32.shl (memory.size) (i32.const 16)))))
        (local.set $before (local.get $out))
        (if (i32.lt_u (local.get $code) (i32.const 256))
          (then
            (i32.store8 (local.get $out) (local.get $code))
            (local.set $out (i32.add (local.get $out) (i32.const 1)))
            (local.set $length (i32.const 1)))
          (else
            (local.set $entry (i32.shl (local.get $code) (i32.const 3)))
            (local.set $from (i32.load (local.get $entry)))
            (local.set $length (i32.load offset=4 (local.get $entry)))
            (local.set $to (i32.add (local.get $out) (local.get $length)))
            ;; Byte by byte: the newest string overlaps what is being written.
            (loop $copy
              (i32.store8 (local.get $out) (i32.load8_u (local.get $from)))
              (local.set $from (i32.add (local.get $from) (i32.const 1)))
              (local.set $out (i32.add (local.get $out) (i32.const 1)))
              (br_if $copy (i32.lt_u (local.get $out) (local.get $to))))))
        (br $codes)))
    (i32.store (i32.const 0) (local.get $out))))
