internal import BackupFormat
internal import BackupPolicy

/// The page that anyone may read: the statement, and what ties it to the signed log.
extension ReportPage {
  var publicBody: Markup {
    let statement = PublicStatement.make(from: edition, now: now, language: language)
    let sentences = statement.sentences.filter { $0.topic != .reference }
    let paragraphs = sentences.map { "<p>\($0.text)</p>" as Markup }
    let reference = statement.sentences.filter { $0.topic == .reference }
      .map { "<p class=\"reference\">\($0.text)</p>" as Markup }
    let missing = edition.revealed.filter { $0.id == .recordNotMeasured }
      .flatMap { $0.value.array ?? [] }.compactMap { $0.string.flatMap(FieldID.init) }
      .map { "<li>\(title($0))</li>" as Markup }
    let unmeasured: Markup =
      missing.isEmpty
      ? ""
      : """
      <section class="limits" aria-labelledby="limits"><h2 id="limits">\(say("What was not measured", "Wat niet is gemeten"))</h2>
      <ul class="names">\(missing)</ul></section>
      """
    return """
      <header>
      <p class="eyebrow">\(say("Statement", "Verklaring"))</p>
      <p class="name">\(controller ?? "")</p>
      </header>
      <main class="public">
      <section class="statement" aria-labelledby="statement">
      <h1 id="statement">\(say("Our backups", "Onze reservekopieën"))</h1>
      \(paragraphs)
      \(reference)
      </section>
      \(unmeasured)
      </main>
      <footer>
      <p>\(say("This statement is made from a signed record. With the codes below anyone who holds the record can check that it belongs to it.", "Deze verklaring is gemaakt uit een ondertekend verslag. Wie het verslag heeft, kan met de codes hieronder nagaan dat zij erbij hoort."))</p>
      \(proof)
      </footer>
      """
  }
}
