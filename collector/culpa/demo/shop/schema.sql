-- The shop's tables. Reviews come with the next migration, which nobody has run yet.
create table products (
    sku text primary key,
    name text not null,
    price_cents integer not null check (price_cents >= 0),
    pieces integer not null,
    stock integer not null check (stock >= 0)
);

create table customers (
    id bigint generated always as identity primary key,
    email text not null unique
);

create table orders (
    id bigint generated always as identity primary key,
    sku text not null references products (sku),
    total_cents integer not null,
    receipt text not null default ''
);

create table wishes (
    email text not null,
    sku text not null references products (sku),
    primary key (email, sku)
);

create table visits (
    day date primary key,
    visitors integer not null
);

create table suppliers (
    name text primary key,
    discount_percent integer not null
);

insert into products values
    ('tea-green', 'Green tea', 590, 20, 100),
    ('tea-black', 'Black tea', 490, 25, 100),
    ('mug-blue', 'Blue mug', 1290, 1, 40),
    ('gift-voucher', 'Gift voucher', 2500, 0, 100);

insert into visits values ('2026-01-01', 17);
insert into suppliers values ('Tea & Sons', 12);
