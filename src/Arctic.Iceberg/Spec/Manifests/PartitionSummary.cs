using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Gathers the range of each partition field over a manifest's files.</summary>
internal sealed class PartitionSummary(IcebergType.Struct partition)
{
    private readonly Range[] _ranges = partition.Fields.Select(_ => new Range()).ToArray();

    /// <summary>Takes one tuple into account.</summary>
    public void Add(PartitionTuple tuple)
    {
        for (var i = 0; i < _ranges.Length; i++)
        {
            _ranges[i].Add(tuple[i]);
        }
    }

    /// <summary>The summaries in the order of the spec's fields.</summary>
    public EquatableList<FieldSummary> ToSummaries() => _ranges.Select((r, i) => r.ToSummary(partition.Fields[i].Type)).ToEquatableList();

    private sealed class Range
    {
        private bool _containsNull;
        private bool _containsNan;
        private object? _lower;
        private object? _upper;

        public void Add(object? value)
        {
            if (value is null)
            {
                _containsNull = true;
            }
            else if (ValueOrder.IsNan(value))
            {
                _containsNan = true;
            }
            else
            {
                _lower = _lower is null || ValueOrder.Compare(value, _lower) < 0 ? value : _lower;
                _upper = _upper is null || ValueOrder.Compare(value, _upper) > 0 ? value : _upper;
            }
        }

        public FieldSummary ToSummary(IcebergType type) => new(
            _containsNull, _containsNan, _lower is null ? null : BoundCodec.Encode(type, _lower), _upper is null ? null : BoundCodec.Encode(type, _upper));
    }
}
