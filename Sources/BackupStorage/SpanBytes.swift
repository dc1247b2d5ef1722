extension Array<UInt8> {
  /// Copies `span`.
  init(copying span: Span<UInt8>) {
    self.init(capacity: span.count) { (output: inout OutputSpan<UInt8>) in
      for index in span.indices { output.append(span[index]) }
    }
  }

  /// Appends a copy of `span`.
  mutating func append(copying span: Span<UInt8>) {
    reserveCapacity(count + span.count)
    for index in span.indices { append(span[index]) }
  }
}
