using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds the columns of DDL, and the key over them.</summary>
internal static class ColumnBinder
{
    /// <summary>One column.</summary>
    public static TableColumn Bind(ColumnElement column) => column switch
    {
        ColumnElement.Physical physical => new TableColumn.Physical(physical.Name.Name, BindType(physical.Type)) { Comment = physical.Comment },
        ColumnElement.Metadata metadata => new TableColumn.Metadata(metadata.Name.Name, BindType(metadata.Type), metadata.Key ?? metadata.Name.Name, metadata.IsVirtual) { Comment = metadata.Comment },
        ColumnElement.Computed computed => new TableColumn.Computed(computed.Name.Name, computed.Expression, computed.Text) { Comment = computed.Comment },
        _ => throw new System.Diagnostics.UnreachableException(column.GetType().Name),
    };

    /// <summary>The one key among constraints; null for none.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">More than one, ENFORCED, or UNIQUE.</exception>
    public static ConstraintElement? FindKey(IReadOnlyList<ConstraintElement> constraints)
    {
        var unique = constraints.FirstOrDefault(c => !c.IsPrimaryKey);
        if (unique is not null)
        {
            throw BindingErrors.Invalid(unique, "UNIQUE constraint is not supported yet.");
        }

        if (constraints.Count > 1)
        {
            throw BindingErrors.Invalid(constraints[1], "Duplicate primary key definition.");
        }

        return constraints is [{ IsEnforced: true } key]
            ? throw BindingErrors.Invalid(key, "ENFORCED mode is not supported for PRIMARY KEY constraint: the system trusts the key and does not check it.", "Write PRIMARY KEY (…) NOT ENFORCED.")
            : constraints.FirstOrDefault();
    }

    /// <summary>Makes the columns of a key NOT NULL, whether that was written or not.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">One is unknown, not physical, or there twice.</exception>
    public static void MakeKey(ConstraintElement key, List<TableColumn> columns)
    {
        foreach (var name in key.Columns)
        {
            var index = columns.FindIndex(c => c.Name == name.Name);
            if (index < 0)
            {
                throw BindingErrors.Unknown(name, $"Primary key column '{name}' is not defined in the schema.", name.Name, columns.Select(c => c.Name));
            }

            columns[index] = columns[index] is TableColumn.Physical physical
                ? physical with { Type = physical.Type.AsNotNull() }
                : throw BindingErrors.Invalid(name, $"Could not create a PRIMARY KEY with column '{name}'. A PRIMARY KEY constraint must be declared on physical columns.");
        }

        if (key.Columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } repeated)
        {
            throw BindingErrors.Invalid(repeated.Last(), $"Column '{repeated.Key}' stands twice in the primary key.");
        }
    }

    private static DataType BindType(SqlTypeName type)
    {
        var bound = TypeBinder.Bind(type, TypePlace.Column);
        return bound is DataType.IntervalDayTime or DataType.IntervalYearMonth ? throw BindingErrors.Invalid(type, "A column cannot be of an INTERVAL type.") : bound;
    }
}
