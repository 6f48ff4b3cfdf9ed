using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>Whether the columns that partitions and sort orders are made of are there, and of types that the transforms take. Unknown transforms are other engines' business.</summary>
internal static class SourceRules
{
    /// <summary>Checks the fields of a spec; void ones need nothing.</summary>
    /// <param name="doing">What is being done, for the message.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>.</exception>
    public static void Check(PartitionSpec spec, Schema schema, string doing)
    {
        if (spec.Fields.GroupBy(f => f.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {doing}: there are two partition fields '{twice.Key}'.");
        }

        foreach (var field in spec.Fields)
        {
            Check(field.SourceIds, field.Transform, schema, $"the partition field '{field.Name}'", doing);
        }
    }

    /// <summary>Checks the fields of a sort order.</summary>
    /// <param name="doing">What is being done, for the message.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>.</exception>
    public static void Check(SortOrder order, Schema schema, string doing)
    {
        foreach (var field in order.Fields)
        {
            Check(field.SourceIds, field.Transform, schema, string.Create(CultureInfo.InvariantCulture, $"the sort order {order.OrderId}"), doing);
        }
    }

    private static void Check(EquatableList<int> sources, Transform transform, Schema schema, string what, string doing)
    {
        if (transform is Transform.Void)
        {
            return;
        }

        if (transform is Transform.Bucket { Count: < 1 } or Transform.Truncate { Width: < 1 })
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {doing}: {what} needs the transform '{transform}', and the number in its brackets must be 1 or more.");
        }

        foreach (var id in sources)
        {
            var source = schema.FindField(id)
                ?? throw new ArcticException(ErrorCodes.InvalidStatement, string.Create(CultureInfo.InvariantCulture, $"Cannot {doing}: {what} needs column {id}, which is not there."));
            if (transform is not Transform.Unknown && !TransformKernels.Accepts(transform, source.Type))
            {
                throw new ArcticException(
                    ErrorCodes.InvalidStatement, $"Cannot {doing}: {what} needs the transform '{transform}' of the column '{schema.FindFullName(id)}', which is not defined for its type '{source.Type}'.");
            }
        }
    }
}
