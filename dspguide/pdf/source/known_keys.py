"""The keys that what is seen of a page may have, by ISO 32000: all others go.

What is active, attached or private hides under other keys, wherever readers look for it and where
none does. So nothing has to be known of it.
"""

from __future__ import annotations

from dspguide.pdf.source.values import names

#: What a page may have.
PAGE = names(
    "/Type /Parent /MediaBox /CropBox /BleedBox /TrimBox /ArtBox /Rotate /UserUnit /Resources "
    "/Contents /Annots /Group"
)
#: What an annotation may have. Actions, popups and ties to forms and structure are not in it.
ANNOTATION = names(
    "/Type /Subtype /Rect /Contents /NM /M /CreationDate /F /AP /AS /Border /BS /BE /C /IC /CA "
    "/ca /BM /H /QuadPoints /L /LE /LL /LLE /LLO /Vertices /InkList /DA /DS /RC /Q /CL /RD "
    "/Name /Sy /OC /T /Subj /IT /IRT /RT /State /StateModel /Open /Lang /Cap /CP /CO "
    "/FixedPrint /OverlayText /Repeat"
)
#: What resources may have; each is a dictionary of things by names that may be any.
RESOURCES = names("/ExtGState /ColorSpace /Pattern /Shading /XObject /Font /Properties")
#: Dictionaries elsewhere whose keys may be any.
NAMED = names("/CharProcs /Colorants /Solidities /DotGain /FD")
#: What every other dictionary or stream may have.
ELSEWHERE = names(
    # Streams, and the parameters of their filters.
    "/Type /Subtype /Length /Filter /DecodeParms /Predictor /Colors /BitsPerComponent /Columns "
    "/EarlyChange /K /EndOfLine /EncodedByteAlign /Rows /EndOfBlock /BlackIs1 "
    "/DamagedRowsBeforeError /JBIG2Globals /ColorTransform "
    # Forms.
    "/FormType /BBox /Matrix /Resources /Group /OC /Name /S /CS /I "
    # Images.
    "/Width /Height /ColorSpace /Intent /ImageMask /Mask /Decode /Interpolate /SMask "
    "/SMaskInData /Matte "
    # Graphics states.
    "/LW /LC /LJ /ML /D /RI /OP /op /OPM /Font /BG /BG2 /UCR /UCR2 /TR /TR2 /HT /FL /SM /SA /BM "
    "/CA /ca /AIS /TK /UseBlackPtComp /HTO /G /BC "
    # Halftones.
    "/HalftoneType /HalftoneName /Frequency /Angle /SpotFunction /AccurateScreens "
    "/TransferFunction /Xsquare /Ysquare /Width2 /Height2 /Default "
    # Functions.
    "/FunctionType /Domain /Range /Size /BitsPerSample /Order /Encode /C0 /C1 /N /Functions "
    "/Bounds "
    # Patterns and shadings.
    "/ShadingType /Background /AntiAlias /Function /Coords /Extend /BitsPerCoordinate "
    "/BitsPerFlag /VerticesPerRow /PatternType /PaintType /TilingType /XStep /YStep /Shading "
    "/ExtGState "
    # Colour spaces.
    "/WhitePoint /BlackPoint /Gamma /Alternate /Colorants /Process /Components /MixingHints "
    "/Solidities /PrintingOrder /DotGain "
    # Fonts.
    "/BaseFont /FirstChar /LastChar /Widths /FontDescriptor /Encoding /ToUnicode "
    "/DescendantFonts /CIDSystemInfo /DW /W /DW2 /W2 /CIDToGIDMap /FontBBox /FontMatrix "
    "/CharProcs /BaseEncoding /Differences /CMapName /WMode /UseCMap /Registry /Ordering "
    "/Supplement /FontName /FontFamily /FontStretch /FontWeight /Flags /ItalicAngle /Ascent "
    "/Descent /Leading /CapHeight /XHeight /StemV /StemH /AvgWidth /MaxWidth /MissingWidth "
    "/FontFile /FontFile2 /FontFile3 /CharSet /CIDSet /Style /Panose /FD /Lang /Length1 /Length2 "
    "/Length3 "
    # Marked content.
    "/MCID /ActualText /Alt /E /Attached /OCGs /P /VE "
    # Output intents.
    "/OutputCondition /OutputConditionIdentifier /RegistryName /Info /DestOutputProfile "
    # Borders, effects and appearances of annotations.
    "/H /V"
)
