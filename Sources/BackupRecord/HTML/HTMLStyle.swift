/// The look of the pages: calm, typographic, for screen, dark screen and A4.
///
/// Every colour of text has a contrast of at least 4.5 to its ground (WCAG 2.2, 1.4.3), every mark one
/// of at least 3 (1.4.11), in both schemes; no state is told by colour alone.
enum HTMLStyle {
  static let sheet: Markup = """

    :root{color-scheme:light dark;--paper:#fbfaf7;--ink:#1e2124;--soft:#585d63;--line:#dcd8cf;--mark:#8a857b;\
    --well:#f2efe8;--met:#2b6a4c;--bad:#a2361f;--warn:#7d5a0b;--accent:#23505f}
    @media (prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e8e5de;--soft:#a5aaaf;--line:#32373c;--mark:#777d83;\
    --well:#1d2125;--met:#7dbd98;--bad:#f09078;--warn:#dcb65e;--accent:#8cc0d0}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0 auto;max-width:60rem;padding:3rem 1.5rem 4rem;background:var(--paper);color:var(--ink);\
    font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
    h1,h2,.name,.verdict,.figures .value{font-family:"Iowan Old Style",Charter,"Bitstream Charter",Palatino,"Palatino Linotype",Georgia,serif;\
    font-weight:500;text-wrap:balance}
    p{margin:0 0 .75rem}
    ul{margin:0;padding:0;list-style:none}
    .eyebrow{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.06em}
    .name{margin:.25rem 0 0;font-size:1.35rem}
    .night{margin:0;color:var(--soft)}
    header{padding-bottom:1.25rem;border-bottom:1px solid var(--line)}
    h1{margin:2.5rem 0 .5rem;font-size:1rem;color:var(--soft);font-style:italic}
    .verdict{margin:0;font-size:clamp(1.45rem,4.2vw,2.15rem);line-height:1.25}
    .verdict.met{color:var(--met)}.verdict.notMet{color:var(--bad)}.verdict.declared{color:var(--warn)}
    h2{margin:0 0 1rem;font-size:1.25rem}
    h3{margin:1.5rem 0 .25rem;font-size:.95rem}
    section{margin-top:3rem}
    .answer{margin-top:0}
    .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(12.5rem,1fr));gap:1.75rem 2rem;margin:2.25rem 0 0;\
    padding:1.5rem 0;border-block:1px solid var(--line)}
    .figures dt{font-size:.82rem;color:var(--soft)}
    .figures dd{margin:0}
    .figures .value{margin:.1rem 0 .35rem;font-size:1.35rem;line-height:1.25}
    .note{font-size:.82rem;color:var(--soft)}
    .months{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.4rem,1fr));gap:1.25rem 1.5rem}
    figure{margin:0}
    figcaption{font-size:.8rem;color:var(--soft);margin-bottom:.35rem}
    .months svg{display:block;width:100%;max-width:8rem;height:auto}
    .legend{display:flex;flex-wrap:wrap;gap:.35rem 1.5rem;margin:1.25rem 0 1.5rem;font-size:.82rem;color:var(--soft)}
    .square{width:.8rem;height:.8rem;vertical-align:-.05rem}
    .covered{fill:var(--met)}.late{fill:none;stroke:var(--warn);stroke-width:1.5}.latehalf{fill:var(--warn)}
    .missed{fill:var(--bad)}.cross{stroke:var(--paper);stroke-width:1.75;stroke-linecap:round}
    .excused{fill:none;stroke:var(--mark);stroke-width:1.5;stroke-dasharray:2 1.5}
    .unknown{fill:none;stroke:var(--warn);stroke-width:1.5}.unknowndot{fill:var(--warn)}
    table{width:100%;border-collapse:collapse;font-size:.88rem}
    caption{padding:1.25rem 0 .4rem;text-align:left;font-weight:600;font-size:.9rem}
    th,td{padding:.45rem .9rem .45rem 0;text-align:left;vertical-align:top;font-variant-numeric:tabular-nums}
    th:last-child,td:last-child{padding-right:0}
    thead th{font-weight:400;font-size:.8rem;color:var(--soft);border-bottom:1px solid var(--mark)}
    tbody th{font-weight:500}
    tbody tr+tr>*{border-top:1px solid var(--line)}
    .advice{display:block;font-weight:400;color:var(--soft)}
    .severity.critical,.overdue{color:var(--bad);font-weight:600}.severity.warning{color:var(--warn)}.severity.note{font-size:inherit}
    .bars svg{display:block;width:100%;height:auto;fill:var(--accent)}
    .axis{stroke:var(--mark);stroke-width:.75}
    .ends{display:flex;justify-content:space-between;margin:.25rem 0 0;font-size:.8rem;color:var(--soft)}
    .tracks{display:grid;gap:1rem;margin-bottom:1rem}
    .tracks li>span{margin-left:.5rem;color:var(--soft);font-size:.9rem}
    .track{display:block;width:100%;height:.45rem;margin-top:.4rem}
    .rest{fill:var(--line)}.used{fill:var(--accent)}.over .used{fill:var(--bad)}
    .state{white-space:nowrap;font-size:.85rem}
    .state.met{color:var(--met)}.state.notMet{color:var(--bad);font-weight:600}.state.declared{color:var(--warn)}\
    .state.notMeasured,.state.notApplicable{color:var(--soft)}
    .checks p{display:grid;grid-template-columns:7.5rem 1fr;gap:.5rem}
    .names{columns:3 14rem;column-gap:2rem;font-size:.88rem}
    .names li{break-inside:avoid;padding:.1rem 0}
    .fields table{table-layout:fixed}
    .fields th:nth-child(1){width:26%}.fields th:nth-child(2){width:7.5rem}.fields th:nth-child(4){width:22%}
    .fields li+li{margin-top:.25rem}
    .public{max-width:38rem}
    .public h1{font-size:2rem;font-style:normal;color:var(--ink);margin-bottom:1.25rem}
    .statement p{font-size:1.08rem;line-height:1.65}
    .statement .reference{margin-top:1.75rem;font-size:.88rem;color:var(--soft)}
    footer{margin-top:3.5rem;padding-top:1.25rem;border-top:1px solid var(--line);font-size:.85rem;color:var(--soft)}
    footer h2{font-size:1rem;color:var(--ink)}
    .levels,.proof{display:grid;gap:.2rem 1.5rem;margin:0 0 1rem}
    .levels{grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}
    .levels div,.proof div{display:grid;grid-template-columns:2rem 1fr;gap:.5rem}
    .proof div{grid-template-columns:7.5rem 1fr}
    .levels dd,.proof dd{margin:0}
    .proof dd{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.75rem;line-height:1.7}
    @media (max-width:40rem){
    body{padding:1.5rem 1rem 3rem}
    section{margin-top:2.25rem}
    .months{grid-template-columns:repeat(3,1fr);gap:1rem}
    .wide thead,.fields thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    .wide tr,.wide th,.wide td,.fields tr,.fields th,.fields td{display:block;padding:.1rem 0;width:auto!important;border:0!important}
    .wide tr,.fields tr{padding:.7rem 0;border-top:1px solid var(--line)!important}
    .wide td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}
    .checks p{grid-template-columns:1fr;gap:0}
    .proof div{grid-template-columns:1fr;gap:0;margin-bottom:.35rem}
    }
    @page{size:A4;margin:15mm 16mm 16mm}
    @media print{
    :root{--paper:#fff;--ink:#111;--soft:#4d5257;--line:#d5d2ca;--mark:#84807a;--met:#2b6a4c;--bad:#a2361f;--warn:#7d5a0b;--accent:#23505f}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    body{max-width:none;padding:0;font-size:9.5pt;line-height:1.45}
    section{margin-top:1.6rem}
    h1{margin-top:1.25rem}
    .figures{margin-top:1.1rem;padding:.9rem 0;grid-template-columns:repeat(4,1fr);gap:1rem}
    .figures .value{font-size:1.1rem}
    .verdict{font-size:1.5rem}
    .months{grid-template-columns:repeat(7,1fr);gap:.7rem 1rem}
    h2,h3,caption{break-after:avoid}
    tr,figure,.tracks li,.figures div{break-inside:avoid}
    section.fields{break-before:page}
    .public h1{font-size:1.8rem}
    }

    """
}
