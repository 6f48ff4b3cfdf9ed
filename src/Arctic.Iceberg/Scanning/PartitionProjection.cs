using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Carries predicates on columns over to the partition fields made of them (Iceberg spec, "Scan Planning": inclusive projection).</summary>
internal static class PartitionProjection
{
    /// <summary>A predicate on partition field ids that holds for the partition of every row that fulfils the given one.</summary>
    /// <param name="predicate">On columns.</param>
    /// <param name="spec">The partition fields.</param>
    /// <param name="schema">Gives the types of the columns.</param>
    public static ScanPredicate Project(ScanPredicate predicate, PartitionSpec spec, Schema schema) => predicate switch
    {
        ScanPredicate.And p => ScanPredicate.Both(Project(p.Left, spec, schema), Project(p.Right, spec, schema)),
        ScanPredicate.Or p => ScanPredicate.Either(Project(p.Left, spec, schema), Project(p.Right, spec, schema)),
        ScanPredicate.True or ScanPredicate.False => predicate,
        _ => ProjectCondition(predicate, spec, schema),
    };

    private static ScanPredicate ProjectCondition(ScanPredicate condition, PartitionSpec spec, Schema schema)
    {
        var id = condition.FieldIds.Single();
        ScanPredicate result = ScanPredicate.True.Instance;
        foreach (var field in spec.Fields)
        {
            if (field.SourceIds.Count == 1 && field.SourceId == id && schema.FindField(id) is { } source && TransformKernels.Accepts(field.Transform, source.Type))
            {
                result = ScanPredicate.Both(result, Project(condition, field, source.Type));
            }
        }

        return result;
    }

    private static ScanPredicate Project(ScanPredicate condition, PartitionField field, IcebergType type) => (field.Transform, condition) switch
    {
        (Transform.Void, _) => ScanPredicate.True.Instance,
        (_, ScanPredicate.IsNull) => new ScanPredicate.IsNull(field.FieldId),
        (_, ScanPredicate.IsNotNull) => new ScanPredicate.IsNotNull(field.FieldId),
        (Transform.Identity, ScanPredicate.Compare p) => p with { FieldId = field.FieldId },
        (Transform.Identity, ScanPredicate.In p) => p with { FieldId = field.FieldId },
        (Transform.Identity, ScanPredicate.StartsWith p) => p with { FieldId = field.FieldId },
        (Transform.Truncate t, ScanPredicate.StartsWith p) => p.Prefix.EnumerateRunes().Count() <= t.Width
            ? p with { FieldId = field.FieldId }
            : new ScanPredicate.Compare(field.FieldId, PredicateOperator.Equal, ValueOf(t, type, p.Prefix)),
        (_, ScanPredicate.Compare { Operator: PredicateOperator.Equal } p) => EqualTo(field, [ValueOf(field.Transform, type, p.Value)]),
        (_, ScanPredicate.In p) => EqualTo(field, p.Values.Select(v => ValueOf(field.Transform, type, v)).ToArray()),
        (Transform.Bucket, _) => ScanPredicate.True.Instance,
        (_, ScanPredicate.Compare p) => ProjectOrder(p, field, ValueOf(field.Transform, type, p.Value)),
        _ => ScanPredicate.True.Instance,
    };

    // All other transforms keep the order, but not its strictness.
    private static ScanPredicate ProjectOrder(ScanPredicate.Compare condition, PartitionField field, object value) => condition.Operator switch
    {
        PredicateOperator.Less or PredicateOperator.LessOrEqual => new ScanPredicate.Compare(field.FieldId, PredicateOperator.LessOrEqual, OrOld(field.Transform, value)),
        PredicateOperator.Greater or PredicateOperator.GreaterOrEqual => new ScanPredicate.Compare(field.FieldId, PredicateOperator.GreaterOrEqual, value),
        _ => ScanPredicate.True.Instance,
    };

    private static ScanPredicate EqualTo(PartitionField field, object[] values)
    {
        var all = values.Concat(values.Select(v => OrOld(field.Transform, v))).Distinct().ToArray();
        return all.Length == 1 ? new ScanPredicate.Compare(field.FieldId, PredicateOperator.Equal, all[0]) : new ScanPredicate.In(field.FieldId, new EquatableList<object>(all));
    }

    // Early writers rounded times before 1970 up: their partition of such a value is one greater.
    private static object OrOld(Transform transform, object value) =>
        transform is Transform.Year or Transform.Month or Transform.Day or Transform.Hour && value is int and < 0 ? (int)value + 1 : value;

    private static object ValueOf(Transform transform, IcebergType type, object value) =>
        IcebergValues.Box(TransformKernels.Apply(transform, type, IcebergValues.Repeat(type, value, 1)), 0)!; // a value is not NULL, and no transform but void makes one of it
}
