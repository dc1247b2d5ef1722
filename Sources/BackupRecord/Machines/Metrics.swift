/// Figures in the text form of Prometheus, as the node exporter's text-file collector reads it.
///
/// All are gauges of whole numbers. Times are instants and not ages, which would stand still when the
/// job dies; no sample has a time of its own.
public struct MetricsText: Hashable, Sendable {
  private var families: [Family] = []

  private struct Family: Hashable, Sendable {
    var name: String
    var help: String
    var samples: [Sample]
  }

  private struct Sample: Hashable, Sendable {
    var labels: [Label]
    var value: Int64
  }

  /// A label of a sample.
  public struct Label: Hashable, Sendable {
    let name: String
    let value: String

    /// A label: a word as its name, and any text.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// No figures.
  public init() {}

  /// Adds a figure; one without a value is left out.
  public mutating func add(
    _ name: String, _ help: String, _ value: Int64?, labels: [Label] = []
  ) {
    guard let value else { return }
    let sample = Sample(labels: labels, value: value)
    if let place = families.firstIndex(where: { $0.name == name }) {
      families[place].samples.append(sample)
    } else {
      families.append(Family(name: name, help: help, samples: [sample]))
    }
  }

  /// The file.
  public var text: String {
    var text = ""
    for family in families {
      text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) gauge\n"
      for sample in family.samples {
        let labels = sample.labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }
        text += family.name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
        text += " \(sample.value)\n"
      }
    }
    return text
  }

  private static func escape(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
