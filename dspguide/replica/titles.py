"""Invented names: the book, its parts, chapters and sections; only the shape is the real book's.

A line per chapter, then its sections, indented. Where the PDF prints a title in another way
than the site writes it, both are given, "site => print". What is odd about some is on purpose: a
section called like its chapter, titles that recur in captions and text, one too long for a line.
"""

from __future__ import annotations

BOOK = "The Tinkerer and Maker's Handbook of Signal Processing"
RUNNING_BOOK = (
    "The Tinkerer and Maker\N{RIGHT SINGLE QUOTATION MARK}s Handbook of Signal Processing"
)
AUTHOR = "Wilma T. Harmon"

PARTS: tuple[tuple[str, int, int], ...] = (
    ("GROUNDWORK", 1, 4),
    ("FIRST TOOLS", 5, 13),
    ("SHAPING SIGNALS", 14, 21),
    ("AT WORK", 22, 29),
    ("HARDER MATTERS", 30, 34),
)
"""Part title, first and last chapter."""

CHAPTERS = """\
What Signals Are Good For
    Where It All Began
    Listening at a Distance
    Shops and Workshops
    Pictures from Echoes
    Machines that Notice
Chance, Spread and Guesswork
    A Signal and Its Drawing
    Mean and Spread
    The Source Behind the Samples
    Counting into Bins
    The Bell and Its Cousins
    Making Noise on Purpose => Making Noise \u2013 on Purpose
    Fine or True?
From Volts to Numbers
    Steps and Rounding
    How Often to Look
    From Numbers to Volts
    Filters for the Front Door
    Picking a Front-Door Filter
    Rates, Many at Once
    Single-Bit Conversion => Single\u2013Bit Conversion
Writing It Down in Code
    Counting in Binary
    Whole Numbers
    Numbers with a Point
    How Exact Is Exact?
    Running Speed: the Language
    Running Speed: the Machine
    Running Speed: Small Tricks
Systems that Add Up
    Signals and Boxes
    What Makes a Box Linear
    Steady Sine, Steady Answer
    Some Boxes that Are and Some that Are Not
    Properties Worth Knowing
    Adding Parts: the Heart of the Matter
    Usual Ways to Take Apart
    Beyond the Straight Line
Blending
    The Single Pulse
    Spreading a Pulse: the Input Side
    Blending
    Collecting: the Output Side
    Sums of Weighted Neighbors
What Blending Does
    Common Pulse Answers
    Rules of the Game
    Likeness and Echo Search
    Speed
The Sine Toolbox
    A Family of Four
    Notation for the Real Kind
    The Frequency Axis, Four Ways
    Sines and Cosines as Bricks
    Putting It Together: the Way Back
    Taking Apart: the Way There
    Two Roads, One Place => Two Roads \u2013 One Place
    From Rectangles to Arrows
    Arrow Trouble
Uses of the Sine Toolbox
    Spectra of Everyday Signals
    How a Box Answers to Tones
    Blending by Way of Tones
Rules of the Sine Toolbox
    Straightness
    Phase and What It Tells
    Around the Corner in Time
    Around the Corner in Frequency
    Squeeze and Stretch
    Chopped Time, Repeated Tones
    Modulating One with Another
Pairs that Belong Together
    Delta Pairs
    The Sinc Pair
    Other Pairs at a Glance
    The Ripple at an Edge
    Overtones
    Chirps
The Quick Transform
    Real Input, Complex Routine
    How the Shuffle Works
    The Routine, Line by Line
    Speed and Exactness Compared
    Further Shortcuts
Signals without Gaps
    The Smooth Pulse
    Blending without Gaps
    The Smooth Transform
    Series for What Repeats
Choosing a Filter
    Filter Basics
    What Time Tells
    What Frequency Tells
    High, Band and Notch from Low
    Families of Filters
    The Builder's Checklist => The Builder\u2019s Checklist
Running Means
    Recipe for a Mean
    Noise against Edges
    Answer to Tones
    Relatives of the Mean
    One Step at a Time
Windows on the Sinc
    How to Cut a Sinc
    Drawing up the Filter
    Worked Examples
    To the Limit
Filters Made to Measure
    Any Answer You Like
    Undoing a Blur
    Best in Its Class
Blending by Blocks
    Overlap and Add
    Long Blends by Transform
    Speed Gains
Filters with a Memory
    The Way of Feedback
    One Pole
    Narrow Gates
    Phase, Straight and Bent
    Whole Numbers in the Loop
Ripples by Design
    How Ripple Buys Slope
    Drawing up the Filter
    Overshoot at a Step
    Keeping It Stable
Filters Compared
    Match 1: Old against New
    Match 2: Sinc against Ripple
    Match 3: Mean against Pole
Sound and Hearing
    The Ear
    Tone Color
    Fidelity against Rate
    Better Sound at Home
    Companding
    Speech, Made and Understood
    Bent Sound for Music
Making Pictures
    How Pictures Are Built
    Cameras and Eyes
    TV Lines and Frames
    Other Ways to Get a Picture
    Light and Contrast
    Contrast Curves at Work
    Warping a Picture
Treating Pictures Line by Line
    Blending in Two Directions
    3x3 Edge Masks => 3\u00d73 Edge Masks
    Row by Row
    A Bench Test: Lighting Taken out of Paper Surfaces Seen by a Camera on a Cloudy Morning
    Tones of a Picture
    Blending Pictures by Transform
    A Closer Look at 5x5 Blends => A Closer Look at 5\u00d75 Blends
Tricks for Pictures
    How Sharp Is Sharp?
    Signal to Noise in Pictures
    Shapes and Morphs
    Slices from Shadows
    The Maker's Darkroom => The Maker\u2019s Darkroom
Networks that Learn
    Finding a Target
    A Network Drawn
    Why Layers?
    Training the Weights
    Judging the Outcome
    Recursive Filters by Search
Packing Data
    Ways to Pack
    Runs of the Same
    Short Words for Common Things
    Differences
    Dictionaries that Grow
    Still Pictures
    Moving Pictures
Chips for Signals
    What Makes Them Special
    Rings of Memory
    Inside the Chip
    Point or No Point?
    C or Assembly?
    How Fast Are They?
    A Market Overview => A Market Overview
Getting Started with a Board
    The Family Tree
    The Starter Board
    A First Filter
    A Second Filter
    Assembly by Hand
    What the Board Can Not Do
Numbers in Two Parts
    The Second Axis
    Polar Form
    Using Them by Stand-In
    Complex Stand-In for Sines
    Complex Form of a Box
    Circuits Done Quickly
The Sine Toolbox in Two Parts
    The Real Kind Again
    A Matching Pair
    The Complex Kind
    Below Zero
    Why Two Parts Are Better
Into the Plane
    The Nature of the Plane
    Strategy on the Plane
    Circuits on the Plane
    The Poles' Importance => The Poles\u2019 Importance
    Filters on the Plane
Into the Disk
    The Nature of the Disk
    Reading a Recursion
    Cascades and Side by Side
    Removing Inverses
    Gain Set Right
    Ripple Filters, Derived
    Best and Fastest
Counting Digits
    A Riddle of First Digits
    Taming the Riddle
    A Homemade Sieve
    The Riddle Solved
    Solving the Second Half
    Pulling out Scale
    Where Rules Fail
    Inverse Thinking
    More on Shape
    What the Riddle Was Good For
"""

VARIANTS = ("", " Revisited", " Once More", " in Depth", " from Scratch")
"""Endings of the titles in further volumes, used in turn; the volume's number follows."""
