using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>A column to add: to the table, or to a struct.</summary>
public sealed record NewColumn
{
    /// <summary>The name, without the names above it; may hold dots.</summary>
    public required string Name { get; init; }

    /// <summary>The type. Ids inside of it do not count: the table gives new ones.</summary>
    public required IcebergType Type { get; init; }

    /// <summary>The dotted name of the struct that takes the field; of a list or map its elements or values are meant. Null for the table itself.</summary>
    public string? Parent { get; init; }

    /// <summary>Whether the column never holds null. Rows written before need a <see cref="Default"/> then.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The comment; null for none.</summary>
    public string? Doc { get; init; }

    /// <summary>
    /// The value of rows that were written before, and of rows that are written without one (v3): as .NET has it (<c>decimal</c>, <c>DateOnly</c>,
    /// <c>Guid</c>, …) or boxed as <see cref="IcebergType"/> says. Null for null.
    /// </summary>
    public object? Default { get; init; }
}
