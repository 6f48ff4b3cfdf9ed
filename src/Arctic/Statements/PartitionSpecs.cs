using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>Reads the PARTITION (…) of DDL.</summary>
internal static class PartitionSpecs
{
    /// <summary>The partition that the values name, in the order of the table's keys.</summary>
    /// <param name="isWhole">Whether every key must have a value.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the table is not partitioned so.</exception>
    public static PartitionSpec Bind(IReadOnlyList<PartitionValue> values, TableDefinition table, bool isWhole)
    {
        RequirePartitioned(table);
        foreach (var value in values)
        {
            if (table.Partitioning.All(p => p.Column != value.Column.Name || p.Transform != PartitionTransform.Identity))
            {
                throw new ArcticException(
                    ErrorCodes.InvalidStatement, $"PartitionSpec does not match partition keys list [{string.Join(", ", table.Partitioning)}] of table '{table.Path}': '{value.Column}' is not a column by whose values it is partitioned.")
                { Position = value.Column.Position };
            }
        }

        var missing = table.Partitioning.FirstOrDefault(p => values.All(v => v.Column.Name != p.Column || v.Value is null));
        return missing is not null && isWhole
            ? throw new ArcticException(ErrorCodes.InvalidStatement, $"PartitionSpec does not match partition keys list [{string.Join(", ", table.Partitioning)}] of table '{table.Path}': '{missing}' has no value.")
            : new PartitionSpec(new(table.Partitioning
                .Where(p => values.Any(v => v.Column.Name == p.Column && v.Value is not null))
                .Select(p => KeyValuePair.Create(p.Column, TextOf(values.First(v => v.Column.Name == p.Column && v.Value is not null).Value!, table, p.Column))))); // as filtered
    }

    /// <summary>What the rows with a value fulfil, as text.</summary>
    public static string ToCondition(KeyValuePair<string, string?> value, TableDefinition table) => value.Value is null
        ? $"{SqlPrinter.Quote(value.Key)} IS NULL"
        : $"{SqlPrinter.Quote(value.Key)} = CAST({SqlPrinter.QuoteText(value.Value)} AS {TypePrinter.Print(TypeOf(value.Key, table))})";

    /// <summary>Refuses a table without partitions.</summary>
    public static void RequirePartitioned(TableDefinition table)
    {
        if (table.Partitioning.Count == 0)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Table {table.Path.Database}.{table.Path.Name} in catalog {table.Path.Catalog} is not partitioned.");
        }
    }

    // The value as the column's own text: 1 for '01' where the column is an INT.
    private static string? TextOf(SqlExpression value, TableDefinition table, string column)
    {
        if (value is SqlExpression.NullLiteral)
        {
            return null;
        }

        var bound = new Binder(ResolvedTables.Empty, EvaluationSettings.Default).BindConstant(value);
        var cast = new Expression.Cast(bound, TypeOf(column, table), IsTry: false);
        var folded = ConstantFolder.Evaluate(ConstantFolder.Fold(cast, EvaluationSettings.Default), EvaluationSettings.Default);
        return folded.IsNull(0) ? null : ValueText.Format(folded, 0, TimeZoneInfo.Utc);
    }

    private static DataType TypeOf(string column, TableDefinition table) => table.PhysicalSchema[table.PhysicalSchema.FindIndex(column)].Type.AsNullable();
}
