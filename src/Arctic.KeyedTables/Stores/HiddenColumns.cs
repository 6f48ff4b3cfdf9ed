using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Stores;

/// <summary>The one hidden column that change files hold beside the table's (spec/arctic.md, A.3); the others are known from a file's name and sequence.</summary>
internal static class HiddenColumns
{
    /// <summary>The offset of a change in its writer's interval; last column of every change file.</summary>
    public static readonly NestedField FileOffset = new(2147482645, "_file_offset", IcebergTypes.Long, false);

    /// <summary>The rows of a change file: the table's, then the offset.</summary>
    public static RowSchema ChangeFileSchema(RowSchema table) => new(table.Fields.Append(new Field(FileOffset.Name, DataTypes.BigInt)));
}
